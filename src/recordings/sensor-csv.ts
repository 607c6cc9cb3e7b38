import { AXIS_COUNT, type SensorKind } from '../domain/samples.js';
import { GatewayError } from '../shared/errors.js';

/** Digits that tell any two 32-bit floats apart. */
const MAX_FLOAT_DIGITS = 9;
/** Digits that most measured values need. */
const MIN_FLOAT_DIGITS = 6;
/** Steps a unit that most sensors resolve, and the size below which 32-bit floats tell two of them apart. */
const USUAL_STEPS = 1e4;
const USUAL_SIZE = 1000;

/** The number with the fewest digits that is still the same 32-bit float. */
export function shortestFloat(value: number): number {
  const usual = Math.round(value * USUAL_STEPS) / USUAL_STEPS;
  if (Math.fround(usual) === value && Math.abs(value) < USUAL_SIZE) return usual;
  for (let digits = MIN_FLOAT_DIGITS; digits < MAX_FLOAT_DIGITS; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return Number(value.toPrecision(MAX_FLOAT_DIGITS));
}

/** 300 years: rows are counted from the epoch, and beyond 2^53 they could not be told apart. */
const MAX_TIME_MS = 1e13;

export const SENSOR_CSV_HEADER = 'time_ms,x,y,z';

/** Columns of one sensor's file: times in milliseconds since the recording's start, x, y, z interleaved. */
export interface SensorColumns {
  readonly timesMs: Float64Array;
  readonly values: Float32Array;
}

/**
 * Reads the text of a `<sensor>.csv` file.
 *
 * @throws GatewayError `RECORDING_INVALID` naming file and line: wrong header, wrong number of columns, not a number,
 * time going backwards
 */
export function parseSensorCsv(file: string, bytes: Buffer): SensorColumns {
  // Cell by cell from the bytes: texts of lines and cells took half of the time of `alongside windows`.
  const endAt = endOfText(bytes);
  const headerEndAt = endOfLine(bytes, 0, endAt);
  if (bytes.toString('latin1', 0, headerEndAt).trim() !== SENSOR_CSV_HEADER) {
    throw new GatewayError('RECORDING_INVALID', `${file}: the first line must be "${SENSOR_CSV_HEADER}"`);
  }
  const count = linesBetween(bytes, headerEndAt, endAt);
  const timesMs = new Float64Array(count);
  const values = new Float32Array(count * AXIS_COUNT);
  const cells = new Float64Array(1 + AXIS_COUNT);
  let previousMs = Number.NEGATIVE_INFINITY;
  let lineAt = headerEndAt + 1;
  for (let row = 0; row < count; row++) {
    const lineEndAt = endOfLine(bytes, lineAt, endAt);
    const hasAllCells = readCells(bytes, lineAt, lineEndAt, cells);
    const timeMs = cells[0] ?? Number.NaN;
    if (!(hasAllCells && Math.abs(timeMs) <= MAX_TIME_MS && timeMs >= previousMs)) {
      throw new GatewayError(
        'RECORDING_INVALID',
        `${file}: line ${row + 2} must hold a time that does not go backwards, less than 300 years from the start, and ${AXIS_COUNT} numbers`,
      );
    }
    timesMs[row] = timeMs;
    previousMs = timeMs;
    for (let axis = 0; axis < AXIS_COUNT; axis++)
      values[row * AXIS_COUNT + axis] = cells[axis + 1] ?? Number.NaN;
    lineAt = lineEndAt + 1;
  }
  return { timesMs, values };
}

const NEW_LINE = 0x0a;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const BLANK = 0x20;

/** Where the text ends without blanks and line ends behind it. */
function endOfText(bytes: Buffer): number {
  let endAt = bytes.length;
  while (endAt > 0 && (bytes[endAt - 1] ?? 0) <= BLANK) endAt -= 1;
  return endAt;
}

function endOfLine(bytes: Buffer, from: number, endAt: number): number {
  const at = bytes.indexOf(NEW_LINE, from);
  return at < 0 || at > endAt ? endAt : at;
}

function linesBetween(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at = endOfLine(bytes, at + 1, to)) count += 1;
  return count;
}

/** Reads the cells of a line; false where there are fewer or more than there is room for. */
function readCells(bytes: Buffer, from: number, to: number, cells: Float64Array): boolean {
  let cellAt = from;
  let index = 0;
  for (let at = from; at <= to; at++) {
    if (at < to && bytes[at] !== COMMA) continue;
    if (index < cells.length) cells[index] = numberIn(bytes, cellAt, at);
    index += 1;
    cellAt = at + 1;
  }
  return index === cells.length;
}

/** As many digits as a 64-bit float holds whole; and the powers of ten by which they are divided, which it holds too. */
const MAX_PLAIN_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: MAX_PLAIN_DIGITS + 1 }, (_, power) => 10 ** power);

/**
 * The number in a cell, as `Number` reads it; NaN for anything that is not wholly a number. An empty cell is a missing value,
 * not zero.
 */
function numberIn(bytes: Buffer, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS;
  let digits = 0;
  let decimals = -1;
  let count = 0;
  for (let at = isNegative ? from + 1 : from; at < to; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit >= 0 && digit <= 9) {
      digits = digits * 10 + digit;
      count += 1;
      if (decimals >= 0) decimals += 1;
    } else if (bytes[at] === POINT && decimals < 0) decimals = 0;
    else return otherNumberIn(bytes, from, to);
  }
  if (count === 0 || count > MAX_PLAIN_DIGITS) return otherNumberIn(bytes, from, to);
  // Both are exact, so that their quotient is the nearest float.
  const size = digits / (POWERS_OF_TEN[Math.max(decimals, 0)] ?? 1);
  return isNegative ? -size : size;
}

function otherNumberIn(bytes: Buffer, from: number, to: number): number {
  const cell = bytes.toString('latin1', from, to).trim();
  return cell === '' ? Number.NaN : Number(cell);
}

/** Writes columns as the text of a `<sensor>.csv` file, header included. */
export function formatSensorCsv(columns: SensorColumns): string {
  return `${SENSOR_CSV_HEADER}\n${formatSensorRows(columns)}`;
}

/** Writes columns as lines of a `<sensor>.csv` file: times to the microsecond, values that read back as they are. */
export function formatSensorRows({ timesMs, values }: SensorColumns): string {
  const lines: string[] = [];
  timesMs.forEach((timeMs, row) => {
    const cells = Array.from(values.subarray(row * AXIS_COUNT, (row + 1) * AXIS_COUNT), shortestFloat);
    lines.push(`${Math.round(timeMs * 1000) / 1000},${cells.join(',')}\n`);
  });
  return lines.join('');
}

/** How a stream is called and described in a recording that the gateway makes. */
interface SensorNaming {
  readonly name: string;
  readonly unit: string;
  readonly gravity?: boolean;
}

/** By kind; values are in SI units and Android's convention, as they come out of the decoders. */
export const SENSOR_NAMING: Readonly<Record<SensorKind, SensorNaming>> = {
  accelerometer: { name: 'accelerometer', unit: 'm/s2', gravity: true },
  'linear-acceleration': { name: 'linear-acceleration', unit: 'm/s2', gravity: false },
  gravity: { name: 'gravity', unit: 'm/s2', gravity: true },
  gyroscope: { name: 'gyroscope', unit: 'rad/s' },
  magnetometer: { name: 'magnetometer', unit: 'uT' },
  'accelerometer-raw': { name: 'accelerometer', unit: 'adc', gravity: true },
  barometer: { name: 'barometer', unit: 'Pa' },
};
