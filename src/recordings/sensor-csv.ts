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
  const lines = bytes.toString('latin1').trimEnd().split('\n');
  if (lines[0]?.trim() !== SENSOR_CSV_HEADER) {
    throw new GatewayError('RECORDING_INVALID', `${file}: the first line must be "${SENSOR_CSV_HEADER}"`);
  }
  const count = lines.length - 1;
  const timesMs = new Float64Array(count);
  const values = new Float32Array(count * AXIS_COUNT);
  let previousMs = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < count; row++) {
    const cells = (lines[row + 1] ?? '').split(',');
    const timeMs = numberIn(cells[0]);
    if (cells.length !== AXIS_COUNT + 1 || !(Math.abs(timeMs) <= MAX_TIME_MS && timeMs >= previousMs)) {
      throw new GatewayError(
        'RECORDING_INVALID',
        `${file}: line ${row + 2} must hold a time that does not go backwards, less than 300 years from the start, and ${AXIS_COUNT} numbers`,
      );
    }
    timesMs[row] = timeMs;
    previousMs = timeMs;
    for (let axis = 0; axis < AXIS_COUNT; axis++) values[row * AXIS_COUNT + axis] = numberIn(cells[axis + 1]);
  }
  return { timesMs, values };
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

/** NaN for anything that is not wholly a number; an empty cell is a missing value, not zero. */
function numberIn(cell: string | undefined): number {
  return cell === undefined || cell.trim() === '' ? Number.NaN : Number(cell);
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
