import { SIGNATURE_SIZE } from '../domain/company.js';
import { SIGNATURE, SLOTS } from './signature.js';

/** How long two devices are compared for at a time, and how far the one's events may lie behind the other's. */
export interface WindowShape {
  readonly seconds: number;
  readonly lagSeconds: number;
}

/**
 * What is compared, five values a second.
 *
 * - `turn`: about gravity, smoothed over a second: corners and bends, without the swing of a stride
 * - `heave`: without steps: bumps of a road
 * - `change`: of movement, from a second to the next: setting off and stopping
 * - `energy`, `tremble`, `push`, `field`, `pressure`: as in the signature, against their own mean
 * - `rawTurn`, `rawHeave`: with everything that the body does: alike on one body alone
 */
export const SIGNALS = [
  'turn',
  'heave',
  'change',
  'energy',
  'tremble',
  'push',
  'field',
  'pressure',
  'rawTurn',
  'rawHeave',
] as const;
export type Signal = (typeof SIGNALS)[number];

/** A device's last seconds, ready to be compared with those of others: five values a second of each signal. */
export interface MovementWindow {
  /** Values of a signal. */
  readonly length: number;
  /** One signal after the other, in the order of {@link SIGNALS}; 0 where a value is missing. */
  readonly values: Float32Array;
  /** Of each signal the sums of the squares of the values before each, and last of all. */
  readonly squares: Float64Array;
  /** Whether enough values of a signal are there. */
  readonly isThere: readonly boolean[];
  /** How much of each fifth of a second was movement, 0..1; NaN where it is not known. */
  readonly moving: Float32Array;
  /** Steps a second, 0 without steps; NaN where it is not known. */
  readonly cadence: Float32Array;
}

/** Energy of acceleration, in its logarithm, at which rest goes over into movement, and how softly. */
const MOVING_ENERGY = Math.log(0.25);
const MOVING_SOFTNESS = 0.4;
/** Share of a signal that must be there for it to be compared. */
const LEAST_PRESENT = 0.8;
/** A turn is smoothed over so many values: one stride. */
const STRIDE_SLOTS = 5;

/** A value a second, or a fifth of one; NaN where it is not known. */
type Values = readonly number[];

/**
 * @param rows signatures of consecutive seconds, oldest first; NaN where one is missing
 * @param used a window of as many seconds that is over: its memory is used again
 */
export function movementWindowOf(
  rows: Float32Array,
  used = emptyWindow(rows.length / SIGNATURE_SIZE),
): MovementWindow {
  const column = (name: keyof typeof SIGNATURE): number[] => secondColumn(rows, SIGNATURE[name]);
  const cadence = column('cadence');
  const energy = column('energy');
  const moving = energy.map(movingOf);
  const whileMoving = (values: Values): number[] =>
    centred(values).map((value, second) => value * (moving[second] ?? Number.NaN));
  const rawTurn = slotColumn(rows, SIGNATURE.turn);
  const rawHeave = slotColumn(rows, SIGNATURE.heave);
  const signals: Readonly<Record<Signal, Values>> = {
    turn: smoothed(rawTurn),
    heave: rawHeave.map((value, at) => ((cadence[Math.floor(at / SLOTS)] ?? 0) > 0 ? 0 : value)),
    change: changeOf(moving),
    energy: whileMoving(energy),
    tremble: whileMoving(column('tremble')),
    push: whileMoving(withoutSteps(column('push'), cadence)),
    field: centred(column('field')),
    pressure: centred(column('pressure')),
    rawTurn,
    rawHeave,
  };
  hold(used.moving, moving);
  hold(used.cadence, cadence);
  return { ...used, isThere: SIGNALS.map((name, index) => fill(used, index, signals[name])) };
}

function emptyWindow(seconds: number): MovementWindow {
  const length = seconds * SLOTS;
  return {
    length,
    values: new Float32Array(SIGNALS.length * length),
    squares: new Float64Array(SIGNALS.length * (length + 1)),
    isThere: [],
    moving: new Float32Array(length),
    cadence: new Float32Array(length),
  };
}

/** Whether a phone moves, by the energy of its acceleration: 0 at rest, 1 in movement. */
export function movingOf(energy: number): number {
  return 1 / (1 + Math.exp((MOVING_ENERGY - energy) / MOVING_SOFTNESS));
}

function secondColumn(rows: Float32Array, column: number): number[] {
  const values: number[] = [];
  for (let at = column; at < rows.length; at += SIGNATURE_SIZE) values.push(rows[at] ?? Number.NaN);
  return values;
}

function slotColumn(rows: Float32Array, column: number): number[] {
  const values: number[] = [];
  for (let from = column; from < rows.length; from += SIGNATURE_SIZE)
    for (let slot = 0; slot < SLOTS; slot++) values.push(rows[from + slot] ?? Number.NaN);
  return values;
}

/** Writes values of seconds, each at all fifths of its second. */
function hold(into: Float32Array, seconds: Values): void {
  let at = 0;
  for (const value of seconds) for (let slot = 0; slot < SLOTS; slot++) into[at++] = value;
}

/** The mean over a stride; not known where that reaches beyond what there is. */
function smoothed(values: Values): number[] {
  const reach = (STRIDE_SLOTS - 1) / 2;
  return values.map((_, at) => {
    if (at < reach || at >= values.length - reach) return Number.NaN;
    let sum = 0;
    for (let near = at - reach; near <= at + reach; near++) sum += values[near] ?? Number.NaN;
    return sum / STRIDE_SLOTS;
  });
}

/** From each second to the next. */
function changeOf(moving: Values): number[] {
  return moving.map((value, second) => {
    return second === 0 ? Number.NaN : (value - (moving[second - 1] ?? Number.NaN)) / 2;
  });
}

/** Nothing while somebody walks. */
function withoutSteps(values: Values, cadence: Values): number[] {
  return values.map((value, second) => ((cadence[second] ?? 0) > 0 ? 0 : value));
}

/** Against the mean of what is known. */
function centred(values: Values): number[] {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return values.map((value) => value - sum / count);
}

/** Writes a signal's values of seconds, or of fifths, to fifths. @returns whether enough of them are there */
function fill({ values, squares, length }: MovementWindow, index: number, signal: Values): boolean {
  const slotsEach = length / signal.length;
  let at = index * length;
  let [sum, present] = [0, 0];
  for (const value of signal) {
    const isKnown = !Number.isNaN(value);
    for (let slot = 0; slot < slotsEach; slot++) {
      values[at] = isKnown ? value : 0;
      if (isKnown) {
        sum += value * value;
        present += 1;
      }
      at += 1;
      // One more number a signal than values: before the first, nothing.
      squares[at + index] = sum;
    }
  }
  return present >= LEAST_PRESENT * length;
}

const RAW_HEAVE = SIGNALS.indexOf('rawHeave');
/** By so much copies may differ, as in rounding: a share, and m/s² where there is little. Two sensors at rest differ by more. */
const COPY_SHARE = 0.01;
const COPY_DIFFERENCE = 0.001;
/** Share of the values that must be equal, and how many there must be. */
const MOST_EQUAL = 0.8;
const FEWEST_VALUES = 10;

/**
 * Whether one device sends what the other sends, at once or whole seconds later: two people never move exactly alike.
 */
export function isCopy(first: MovementWindow, second: MovementWindow, { lagSeconds }: WindowShape): boolean {
  if (!first.isThere[RAW_HEAVE] || !second.isThere[RAW_HEAVE]) return false;
  for (let lag = -lagSeconds; lag <= lagSeconds; lag++)
    if (areEqual(first, second, lag * SLOTS, lagSeconds * SLOTS)) return true;
  return false;
}

/** @param margin values at both ends that are left out, so that there are others at each lag */
function areEqual(first: MovementWindow, second: MovementWindow, lag: number, margin: number): boolean {
  const zero = RAW_HEAVE * first.length;
  let [equal, different] = [0, 0];
  for (let at = zero + margin; at < zero + first.length - margin; at++) {
    const value = first.values[at] ?? 0;
    if (value === 0) continue;
    const tolerance = Math.max(COPY_DIFFERENCE, COPY_SHARE * Math.abs(value));
    if (Math.abs(value - (second.values[at + lag] ?? 0)) <= tolerance) equal += 1;
    else different += 1;
    if (different > equal + FEWEST_VALUES) return false;
  }
  const told = equal + different;
  return told >= FEWEST_VALUES && equal >= MOST_EQUAL * told;
}
