import { type MovementWindow, SIGNALS, type Signal, type WindowShape } from './movement-window.js';
import { SLOTS } from './signature.js';

/** Size below which a signal is noise, or its wearer's own: squared, a value. */
const NOISE: Readonly<Record<Signal, number>> = {
  turn: 0.12,
  heave: 0.15,
  change: 0.08,
  energy: 0.3,
  tremble: 0.3,
  push: 0.25,
  field: 1.5,
  pressure: 0.03,
  rawTurn: 0.2,
  rawHeave: 0.4,
};

const SQUARED_NOISE = SIGNALS.map((signal) => NOISE[signal] ** 2);

/** What the lag between two devices is looked for by, and how much each counts. */
const LAG_SIGNALS = (
  [
    ['turn', 2],
    ['change', 1],
    ['heave', 1],
    ['field', 0.7],
  ] as const
).map(([name, weight]) => ({ index: SIGNALS.indexOf(name), weight, noise: NOISE[name] ** 2 }));
/** Lags are looked for in steps of so many values, by as many values as there are steps. */
const LAG_STEP_SLOTS = 2;
const LAGS_AT_ONCE = 3;
/** Lags so much further than the best are others, in steps: 2 s. */
const ELSEWHERE_STEPS = 5;
/** A difference of cadence beyond this is as good as any other, steps a second. */
const CADENCE_RANGE_HZ = 0.5;

/**
 * What is known of two devices in a window, for each signal how well the two match and how much there was to match;
 * how much better they match at one lag than at others; and in how much of the time only one moved, both moved, both
 * walked, and how their steps differ. All are 0 where both lie still.
 */
export const PAIR_FEATURES: readonly string[] = [
  ...SIGNALS.flatMap((signal) => [`${signal}.match`, `${signal}.amount`]),
  'lag.match',
  'moving.one',
  'moving.both',
  'cadence.both',
  'cadence.difference',
];

/** Compares two devices at the lag, within the shape's, at which they match best. */
export function pairFeatures(
  first: MovementWindow,
  second: MovementWindow,
  shape: WindowShape,
): Float64Array {
  const features = new Float64Array(PAIR_FEATURES.length);
  const { lag, lead } = bestLag(first, second, shape);
  for (let index = 0; index < SIGNALS.length; index++)
    if (first.isThere[index] && second.isThere[index])
      compareSignal(features, index, { first, second, shape, lag });
  features[2 * SIGNALS.length] = lead;
  features.set(compareMovement(first, second, shape, lag), 2 * SIGNALS.length + 1);
  return features;
}

interface BestLag {
  /** In fifths of a second. */
  readonly lag: number;
  /** How much better it is than any that lies elsewhere: little where both do the same again and again. */
  readonly lead: number;
}

/** The lag at which the second matches the first best; the smallest of equals. */
function bestLag(first: MovementWindow, second: MovementWindow, shape: WindowShape): BestLag {
  const scores = lagScores(first, second, shape);
  const middle = (scores.length - 1) / 2;
  let best = middle;
  for (let distance = 1; distance <= middle; distance++) {
    for (let at = middle - distance; at <= middle + distance; at += 2 * distance)
      if ((scores[at] ?? 0) > (scores[best] ?? 0)) best = at;
  }
  const score = scores[best] ?? 0;
  if (score <= 0) return { lag: 0, lead: 0 };
  let elsewhere = 0;
  for (let at = 0; at < scores.length; at++)
    if (Math.abs(at - best) >= ELSEWHERE_STEPS) elsewhere = Math.max(elsewhere, scores[at] ?? 0);
  return { lag: (best - middle) * LAG_STEP_SLOTS, lead: score - elsewhere };
}

/** How well the second matches the first at each lag, from furthest ahead to furthest behind. */
function lagScores(
  first: MovementWindow,
  second: MovementWindow,
  { seconds, lagSeconds }: WindowShape,
): number[] {
  const steps = Math.floor((lagSeconds * SLOTS) / LAG_STEP_SLOTS);
  const count = seconds * SLOTS;
  const scores = Array<number>(2 * steps + 1).fill(0);
  for (const { index, weight, noise } of LAG_SIGNALS) {
    if (!first.isThere[index] || !second.isThere[index]) continue;
    const { length } = first;
    const squares = squaresBetween(first, index, 0, length) + squaresBetween(second, index, 0, length);
    const factor = (2 * LAG_STEP_SLOTS * weight) / (squares + 2 * count * noise);
    const from = index * length + lagSeconds * SLOTS;
    addProducts(scores, factor, {
      a: first.values,
      b: second.values,
      fromA: from,
      fromB: from - steps * LAG_STEP_SLOTS,
      count,
    });
  }
  return scores;
}

interface Values {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly fromA: number;
  /** Where the values at the first lag begin. */
  readonly fromB: number;
  readonly count: number;
}

/** Adds to the score of each lag its sum of products. Three lags at once: each sum waits for nothing but itself. */
function addProducts(scores: number[], factor: number, { a, b, fromA, fromB, count }: Values): void {
  for (let step = 0; step < scores.length; step += LAGS_AT_ONCE) {
    let [one, two, three] = [0, 0, 0];
    let other = fromB + step * LAG_STEP_SLOTS;
    for (let at = fromA; at < fromA + count; at += LAG_STEP_SLOTS) {
      const value = a[at] ?? 0;
      one += value * (b[other] ?? 0);
      two += value * (b[other + LAG_STEP_SLOTS] ?? 0);
      three += value * (b[other + 2 * LAG_STEP_SLOTS] ?? 0);
      other += LAG_STEP_SLOTS;
    }
    scores[step] = (scores[step] ?? 0) + factor * one;
    if (step + 1 < scores.length) scores[step + 1] = (scores[step + 1] ?? 0) + factor * two;
    if (step + 2 < scores.length) scores[step + 2] = (scores[step + 2] ?? 0) + factor * three;
  }
}

interface Compared {
  readonly first: MovementWindow;
  readonly second: MovementWindow;
  readonly shape: WindowShape;
  readonly lag: number;
}

/**
 * Writes the two features of a signal. Match: twice the product over the sum of squares and noise, -1..1, near 0 where there
 * is only noise. Amount: how much of that sum is not noise.
 */
function compareSignal(
  features: Float64Array,
  index: number,
  { first, second, shape: { seconds, lagSeconds }, lag }: Compared,
): void {
  const from = lagSeconds * SLOTS;
  const count = seconds * SLOTS;
  const at = index * first.length + from;
  const product = productOf(first.values, at, second.values, at + lag, count);
  const squares =
    squaresBetween(first, index, from, from + count) +
    squaresBetween(second, index, from + lag, from + lag + count);
  const total = squares + 2 * count * (SQUARED_NOISE[index] ?? 0);
  features[2 * index] = (2 * product) / total;
  features[2 * index + 1] = squares / total;
}

/** Of so many values of both. */
function productOf(a: Float32Array, fromA: number, b: Float32Array, fromB: number, count: number): number {
  let product = 0;
  for (let at = 0; at < count; at++) product += (a[fromA + at] ?? 0) * (b[fromB + at] ?? 0);
  return product;
}

function squaresBetween(
  { squares, length }: MovementWindow,
  index: number,
  from: number,
  to: number,
): number {
  const zero = index * (length + 1);
  return (squares[zero + to] ?? 0) - (squares[zero + from] ?? 0);
}

function compareMovement(
  first: MovementWindow,
  second: MovementWindow,
  { seconds, lagSeconds }: WindowShape,
  lag: number,
): [one: number, both: number, walking: number, difference: number] {
  const from = lagSeconds * SLOTS;
  const count = seconds * SLOTS;
  let [one, both, walking, difference] = [0, 0, 0, 0];
  for (let at = from; at < from + count; at++) {
    const a = first.moving[at] ?? Number.NaN;
    const b = second.moving[at + lag] ?? Number.NaN;
    if (!Number.isNaN(a + b)) {
      one += Math.abs(a - b);
      both += a * b;
    }
    const stepsA = first.cadence[at] ?? 0;
    const stepsB = second.cadence[at + lag] ?? 0;
    if (!(stepsA > 0 && stepsB > 0)) continue;
    walking += 1;
    difference += Math.min(1, Math.abs(stepsA - stepsB) / CADENCE_RANGE_HZ);
  }
  return [one / count, both / count, walking / count, difference / count];
}
