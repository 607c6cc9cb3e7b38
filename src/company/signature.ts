import { SIGNATURE_SIZE } from '../domain/company.js';
import { cadenceOf } from './cadence.js';
import { COLUMN_OF, GRID_RATE_HZ, GRID_WIDTH } from './signature-grid.js';

/** Parts of a second of which movement and turning are told. */
export const SLOTS = 5;

/**
 * What the numbers of a signature are, by where they begin. All are free of how the device is turned, and most of how its
 * wearer walks.
 */
export const SIGNATURE = {
  /** Acceleration's magnitude beyond its mean, one a fifth of the second, m/s². */
  heave: 0,
  /** Rate of turning about gravity, to the left positive, one a fifth of the second, rad/s. */
  turn: SLOTS,
  /** Natural logarithm of the root mean square of acceleration without gravity, m/s². */
  energy: 2 * SLOTS,
  /** Steps a second; 0 without steps. */
  cadence: 2 * SLOTS + 1,
  /** Magnitude of the second's mean acceleration across gravity, against the mean of four seconds, m/s². */
  push: 2 * SLOTS + 2,
  /** Mean magnitude of the magnetic field, µT. */
  field: 2 * SLOTS + 3,
  /** Air pressure, hPa. */
  pressure: 2 * SLOTS + 4,
  /** Natural logarithm of the root mean square of acceleration's change from row to row, m/s². */
  tremble: 2 * SLOTS + 5,
} as const;

/** Accelerations below this are a sensor's noise, m/s². */
const NOISE = 0.02;
/** A mean acceleration beyond this holds gravity, m/s². */
const LEAST_GRAVITY = 5;
const ROWS_PER_SLOT = GRID_RATE_HZ / SLOTS;
/** Share of the rows that must have values for a mean to count; of four seconds one is enough. */
const LEAST_PRESENT = 0.5;
const LEAST_PRESENT_OF_CONTEXT = 0.2;

type Vector = readonly [number, number, number];

/**
 * The signature of the last second of some rows of the company grid.
 *
 * @param rows consecutive rows, oldest first, NaN where a value is missing; those before the last second tell what is usual
 */
export function signatureOf(rows: Float32Array): Float32Array {
  const values = new Float32Array(SIGNATURE_SIZE).fill(Number.NaN);
  const count = rows.length / GRID_WIDTH;
  const first = count - GRID_RATE_HZ;
  fillMotion(values, rows, first, count);
  values[SIGNATURE.field] = meanOf(first, count, (row) => norm(vectorAt(rows, row, COLUMN_OF.magnetometer)));
  return values;
}

function fillMotion(values: Float32Array, rows: Float32Array, first: number, count: number): void {
  const accelerationAt = (row: number): Vector => vectorAt(rows, row, COLUMN_OF.accelerometer);
  const usual = meanVector(0, count, accelerationAt, LEAST_PRESENT_OF_CONTEXT);
  const meanSquare = meanOf(first, count, (row) => squared(minus(accelerationAt(row), usual)));
  if (Number.isNaN(meanSquare)) return;
  values[SIGNATURE.energy] = Math.log(Math.sqrt(meanSquare) + NOISE);
  const change = meanOf(first, count, (row) => squared(minus(accelerationAt(row), accelerationAt(row - 1))));
  values[SIGNATURE.tremble] = Math.log(Math.sqrt(change) + NOISE);
  const gravity = norm(usual);
  if (gravity < LEAST_GRAVITY) return;
  const up: Vector = [usual[0] / gravity, usual[1] / gravity, usual[2] / gravity];
  const magnitudes = Float64Array.from({ length: count }, (_, row) => norm(accelerationAt(row)));
  const level = meanOf(0, count, (row) => magnitudes[row] ?? Number.NaN, LEAST_PRESENT_OF_CONTEXT);
  const push = minus(meanVector(first, count, accelerationAt), usual);
  values[SIGNATURE.push] = norm(minus(push, scaled(up, dot(push, up))));
  values[SIGNATURE.cadence] = cadenceOf(magnitudes.map((magnitude) => magnitude - level));
  for (let slot = 0; slot < SLOTS; slot++) {
    const from = first + slot * ROWS_PER_SLOT;
    const to = from + ROWS_PER_SLOT;
    values[SIGNATURE.heave + slot] = meanOf(from, to, (row) => (magnitudes[row] ?? Number.NaN) - level);
    values[SIGNATURE.turn + slot] = meanOf(from, to, (row) =>
      dot(vectorAt(rows, row, COLUMN_OF.gyroscope), up),
    );
  }
}

function vectorAt(rows: Float32Array, row: number, column: number): Vector {
  const at = row * GRID_WIDTH + column;
  return [rows[at] ?? Number.NaN, rows[at + 1] ?? Number.NaN, rows[at + 2] ?? Number.NaN];
}

/** Mean over the rows that have a value; NaN where too few have. */
function meanOf(
  from: number,
  to: number,
  valueAt: (row: number) => number,
  leastPresent = LEAST_PRESENT,
): number {
  let [sum, present] = [0, 0];
  for (let row = from; row < to; row++) {
    const value = valueAt(row);
    if (Number.isNaN(value)) continue;
    sum += value;
    present += 1;
  }
  return present < leastPresent * (to - from) ? Number.NaN : sum / present;
}

function meanVector(
  from: number,
  to: number,
  vectorOf: (row: number) => Vector,
  leastPresent = LEAST_PRESENT,
): Vector {
  const along = (axis: 0 | 1 | 2): number => meanOf(from, to, (row) => vectorOf(row)[axis], leastPresent);
  return [along(0), along(1), along(2)];
}

function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function scaled([x, y, z]: Vector, factor: number): Vector {
  return [x * factor, y * factor, z * factor];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function squared(vector: Vector): number {
  return dot(vector, vector);
}

function norm(vector: Vector): number {
  return Math.sqrt(squared(vector));
}
