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
type ValueAt = (at: number) => number;

/** @param rows signatures of consecutive seconds, oldest first; NaN where one is missing */
export function movementWindowOf(rows: Float32Array): MovementWindow {
  const column = (name: keyof typeof SIGNATURE): number[] => secondColumn(rows, SIGNATURE[name]);
  const cadence = column('cadence');
  const moving = column('energy').map(movingOf);
  const whileMoving = (values: Values): number[] =>
    centred(values).map((value, second) => value * (moving[second] ?? Number.NaN));
  const rawTurn = slotColumn(rows, SIGNATURE.turn);
  const rawHeave = slotColumn(rows, SIGNATURE.heave);
  const length = rawTurn.length;
  const bySecond = (values: Values): ValueAt => {
    return (at) => heldAt(values, at);
  };
  const signals: Readonly<Record<Signal, ValueAt>> = {
    turn: (at) => smoothedAt(rawTurn, at),
    heave: (at) => (heldAt(cadence, at) > 0 ? 0 : (rawHeave[at] ?? Number.NaN)),
    change: bySecond(moving.map((value, second) => (value - (moving[second - 1] ?? Number.NaN)) / 2)),
    energy: bySecond(whileMoving(column('energy'))),
    tremble: bySecond(whileMoving(column('tremble'))),
    push: bySecond(whileMoving(withoutSteps(column('push'), cadence))),
    field: bySecond(centred(column('field'))),
    pressure: bySecond(centred(column('pressure'))),
    rawTurn: (at) => rawTurn[at] ?? Number.NaN,
    rawHeave: (at) => rawHeave[at] ?? Number.NaN,
  };
  const values = new Float32Array(SIGNALS.length * length);
  const squares = new Float64Array(SIGNALS.length * (length + 1));
  return {
    length,
    values,
    squares,
    isThere: SIGNALS.map((name, index) => {
      const own = values.subarray(index * length, (index + 1) * length);
      return fill(own, squares.subarray(index * (length + 1)), signals[name]);
    }),
    moving: new Float32Array(length).map((_, at) => heldAt(moving, at)),
    cadence: new Float32Array(length).map((_, at) => heldAt(cadence, at)),
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

/** A value of a second at a fifth of it. */
function heldAt(seconds: Values, at: number): number {
  return seconds[Math.floor(at / SLOTS)] ?? Number.NaN;
}

function smoothedAt(values: Values, at: number): number {
  const reach = (STRIDE_SLOTS - 1) / 2;
  let sum = 0;
  for (let near = at - reach; near <= at + reach; near++) sum += values[near] ?? Number.NaN;
  return sum / STRIDE_SLOTS;
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

/** @returns whether enough of the values are there */
function fill(values: Float32Array, squares: Float64Array, valueAt: ValueAt): boolean {
  let [sum, present] = [0, 0];
  for (let at = 0; at < values.length; at++) {
    const value = valueAt(at);
    if (!Number.isNaN(value)) {
      values[at] = value;
      sum += value * value;
      present += 1;
    }
    squares[at + 1] = sum;
  }
  return present >= LEAST_PRESENT * values.length;
}

const RAW_HEAVE = SIGNALS.indexOf('rawHeave');

/** Two people never move exactly alike: values that are equal to the last digit come from one device. */
export function isCopy(first: MovementWindow, second: MovementWindow): boolean {
  if (!first.isThere[RAW_HEAVE] || !second.isThere[RAW_HEAVE]) return false;
  const [a, b] = [first.values, second.values];
  let [equal, moving] = [0, 0];
  for (let at = RAW_HEAVE * first.length; at < (RAW_HEAVE + 1) * first.length; at++) {
    if (a[at] === 0) continue;
    moving += 1;
    if (a[at] === b[at]) equal += 1;
  }
  return moving > 0 && equal > moving / 2;
}
