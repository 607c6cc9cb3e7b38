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

/** What the lag between two devices is looked for by, and how much each counts. */
const LAG_SIGNALS: readonly (readonly [Signal, number])[] = [
  ['turn', 2],
  ['change', 1],
  ['heave', 1],
  ['field', 0.7],
];
/** Lags are looked for in steps of so many values. */
const LAG_STEP_SLOTS = 2;
/** A difference of cadence beyond this is as good as any other, steps a second. */
const CADENCE_RANGE_HZ = 0.5;

/**
 * What is known of two devices in a window, for each signal how well the two match and how much there was to match; and
 * in how much of the time only one moved, both moved, both walked, and how their steps differ. All are 0 where both lie still.
 */
export const PAIR_FEATURES: readonly string[] = [
  ...SIGNALS.flatMap((signal) => [`${signal}.match`, `${signal}.amount`]),
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
  const lag = bestLag(first, second, shape);
  const features = new Float64Array(PAIR_FEATURES.length);
  let at = 0;
  for (const signal of SIGNALS) {
    const { match, amount } = compare(first.signals[signal], second.signals[signal], {
      ...shape,
      lag,
      noise: NOISE[signal],
    });
    features[at++] = match;
    features[at++] = amount;
  }
  features.set(compareMovement(first, second, shape, lag), at);
  return features;
}

/** The lag, in fifths of a second, at which the second matches the first best; the smallest of equals. */
function bestLag(
  first: MovementWindow,
  second: MovementWindow,
  { seconds, lagSeconds }: WindowShape,
): number {
  const furthest = lagSeconds * SLOTS;
  const compared = LAG_SIGNALS.flatMap(([name, weight]) => {
    const [a, b] = [first.signals[name], second.signals[name]];
    if (a === undefined || b === undefined) return [];
    const noise = 2 * seconds * SLOTS * NOISE[name] ** 2;
    return [{ a, b, weight: weight / (squaresOf(a) + squaresOf(b) + noise) }];
  });
  let best = { lag: 0, score: 0 };
  for (let step = 0; step <= 2 * furthest; step += LAG_STEP_SLOTS) {
    // From no lag outwards, to both sides.
    const size = Math.ceil(step / (2 * LAG_STEP_SLOTS)) * LAG_STEP_SLOTS;
    const lag = step % (2 * LAG_STEP_SLOTS) === 0 ? size : -size;
    let score = 0;
    for (const { a, b, weight } of compared)
      score += weight * productOf(a, b, furthest, seconds * SLOTS, lag);
    if (score > best.score) best = { lag, score };
  }
  return best.lag;
}

/** Of every second value, which is enough to find a lag. */
function productOf(a: Float32Array, b: Float32Array, from: number, count: number, lag: number): number {
  let product = 0;
  for (let at = from; at < from + count; at += LAG_STEP_SLOTS) product += (a[at] ?? 0) * (b[at + lag] ?? 0);
  return product;
}

function squaresOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

const NOTHING = { match: 0, amount: 0 };

interface Comparison extends WindowShape {
  readonly lag: number;
  readonly noise: number;
}

/** Twice the product over the sum of squares and noise: -1..1, near 0 where there is only noise. */
function compare(
  first: Float32Array | undefined,
  second: Float32Array | undefined,
  { seconds, lagSeconds, lag, noise }: Comparison,
): { readonly match: number; readonly amount: number } {
  if (first === undefined || second === undefined) return NOTHING;
  const from = lagSeconds * SLOTS;
  const count = seconds * SLOTS;
  let [product, squares] = [0, 0];
  for (let at = from; at < from + count; at++) {
    const a = first[at] ?? 0;
    const b = second[at + lag] ?? 0;
    product += a * b;
    squares += a * a + b * b;
  }
  const total = squares + 2 * count * noise * noise;
  return { match: (2 * product) / total, amount: squares / total };
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
    const [a, b] = [first.moving[at] ?? Number.NaN, second.moving[at + lag] ?? Number.NaN];
    if (!Number.isNaN(a + b)) {
      one += Math.abs(a - b);
      both += a * b;
    }
    const [stepsA, stepsB] = [first.cadence[at] ?? 0, second.cadence[at + lag] ?? 0];
    if (!(stepsA > 0 && stepsB > 0)) continue;
    walking += 1;
    difference += Math.min(1, Math.abs(stepsA - stepsB) / CADENCE_RANGE_HZ);
  }
  return [one / count, both / count, walking / count, difference / count];
}
