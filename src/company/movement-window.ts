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

/** A device's last seconds, ready to be compared with those of others. */
export interface MovementWindow {
  /** Each with 0 where a value is missing; none where too many are. */
  readonly signals: Readonly<Partial<Record<Signal, Float32Array>>>;
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
/** A signal is smoothed over so many values: one stride. */
const STRIDE_SLOTS = 5;

/** @param rows signatures of consecutive seconds, oldest first; NaN where one is missing */
export function movementWindowOf(rows: Float32Array): MovementWindow {
  const column = (name: keyof typeof SIGNATURE): Float32Array => heldColumn(rows, SIGNATURE[name]);
  const cadence = column('cadence');
  const moving = column('energy').map(movingOf);
  const rawTurn = slotColumn(rows, SIGNATURE.turn);
  const rawHeave = slotColumn(rows, SIGNATURE.heave);
  const whileMoving = (values: Float32Array): Float32Array =>
    centred(values).map((value, at) => value * (moving[at] ?? Number.NaN));
  const signals: Readonly<Record<Signal, Float32Array>> = {
    turn: smoothed(rawTurn),
    heave: withoutSteps(rawHeave, cadence),
    change: changeOf(moving),
    energy: whileMoving(column('energy')),
    tremble: whileMoving(column('tremble')),
    push: whileMoving(withoutSteps(column('push'), cadence)),
    field: centred(column('field')),
    pressure: centred(column('pressure')),
    rawTurn,
    rawHeave,
  };
  const present = Object.entries(signals).filter(([, values]) => presentShareOf(values) >= LEAST_PRESENT);
  return {
    signals: Object.fromEntries(present.map(([name, values]) => [name, filled(values)])),
    moving,
    cadence,
  };
}

function movingOf(energy: number): number {
  return 1 / (1 + Math.exp((MOVING_ENERGY - energy) / MOVING_SOFTNESS));
}

/** A value a second, held for each fifth of it. */
function heldColumn(rows: Float32Array, column: number): Float32Array {
  const values = new Float32Array((rows.length / SIGNATURE_SIZE) * SLOTS);
  for (let at = 0; at < values.length; at++)
    values[at] = rows[Math.floor(at / SLOTS) * SIGNATURE_SIZE + column] ?? Number.NaN;
  return values;
}

function slotColumn(rows: Float32Array, column: number): Float32Array {
  const values = new Float32Array((rows.length / SIGNATURE_SIZE) * SLOTS);
  for (let at = 0; at < values.length; at++)
    values[at] = rows[Math.floor(at / SLOTS) * SIGNATURE_SIZE + column + (at % SLOTS)] ?? Number.NaN;
  return values;
}

/** How much movement set in from a second to the next, spread over the five values around the change. */
function changeOf(moving: Float32Array): Float32Array {
  return moving.map((value, at) => (value - (moving[at - STRIDE_SLOTS] ?? Number.NaN)) / 2);
}

function smoothed(values: Float32Array): Float32Array {
  const reach = (STRIDE_SLOTS - 1) / 2;
  return values.map((_, at) => {
    let sum = 0;
    for (let near = at - reach; near <= at + reach; near++) sum += values[near] ?? Number.NaN;
    return sum / STRIDE_SLOTS;
  });
}

/** Nothing while somebody walks. */
function withoutSteps(values: Float32Array, cadence: Float32Array): Float32Array {
  return values.map((value, at) => ((cadence[at] ?? 0) > 0 ? 0 : value));
}

/** Against the mean of what is known. */
function centred(values: Float32Array): Float32Array {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return values.map((value) => value - sum / count);
}

function presentShareOf(values: Float32Array): number {
  return values.reduce((count, value) => (Number.isNaN(value) ? count : count + 1), 0) / values.length;
}

function filled(values: Float32Array): Float32Array {
  return values.map((value) => (Number.isNaN(value) ? 0 : value));
}

const NOTHING = new Float32Array(0);

/** Two people never move exactly alike: values that are equal to the last digit come from one device. */
export function isCopy(first: MovementWindow, second: MovementWindow): boolean {
  const { rawHeave: a = NOTHING } = first.signals;
  const { rawHeave: b = NOTHING } = second.signals;
  let [equal, moving] = [0, 0];
  for (const [at, value] of a.entries()) {
    if (value === 0) continue;
    moving += 1;
    if (value === b[at]) equal += 1;
  }
  return moving > 0 && equal > moving / 2;
}
