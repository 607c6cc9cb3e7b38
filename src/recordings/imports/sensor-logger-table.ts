import { epochToMs } from '../../domain/epoch-time.js';
import { AXES, type SampleBlock, STANDARD_GRAVITY } from '../../domain/samples.js';
import { BlockBuilder } from '../../ingest/decode/block-builder.js';
import { type PlatformName, signOfGravity } from '../../ingest/decode/platform.js';
import { GatewayError } from '../../shared/errors.js';
import { type CsvFormat, columnOf, numberIn } from './csv-table.js';

/** How the rows of a Sensor Logger table tell their time. */
interface TableClock {
  readonly column: number;
  /** Epoch milliseconds of second 0 where the column counts seconds; `undefined` where it holds epoch times. */
  readonly zeroMs: number | undefined;
}

/** Digits of epoch nanoseconds that tell milliseconds; spreadsheets keep 15. */
const MIN_DIGITS = 13;

/**
 * Epoch times as the app writes them. Spreadsheets may round them to `1.79E+18`; then what counts is the time since the
 * recording's start, where that is known.
 *
 * @param path names the file in errors
 * @param zeroMs epoch milliseconds of the recording's start; `undefined` where nobody says
 * @throws GatewayError `RECORDING_INVALID` where the table has no time that can be read
 */
export function tableClockOf(path: string, format: CsvFormat, zeroMs: number | undefined): TableClock {
  const time = columnOf(format, 'time');
  const elapsed = columnOf(format, 'seconds_elapsed');
  if (time >= 0 && tellsMs(format.firstRow[time] ?? '', format)) return { column: time, zeroMs: undefined };
  if (elapsed >= 0 && zeroMs !== undefined) return { column: elapsed, zeroMs };
  if (time >= 0 && format.firstRow.length === 0) return { column: time, zeroMs: undefined };
  const missing =
    time < 0 ? 'it has no column time' : 'its column time holds no time of 2000 to 2099 to the millisecond';
  const cure =
    elapsed < 0
      ? 'export it again, and do not save it from a spreadsheet'
      : 'give --start with the time of its first second';
  throw new GatewayError('RECORDING_INVALID', `${path}: ${missing}; ${cure}`);
}

/** Epoch milliseconds; NaN for what is no time from 2000 to 2099. */
export function epochMsOf(row: readonly string[], { column, zeroMs }: TableClock, format: CsvFormat): number {
  const number = numberIn(row[column], format);
  return epochToMs(zeroMs === undefined ? number : zeroMs + number * 1000);
}

function tellsMs(cell: string, format: CsvFormat): boolean {
  const digits = cell.replace(/e.*$/i, '').replace(/\D/g, '').length;
  const isWhole = !/e/i.test(cell) || digits >= MIN_DIGITS;
  return isWhole && !Number.isNaN(epochToMs(numberIn(cell, format)));
}

/** What Sensor Logger writes of a watch, in columns of one table `WristMotion`. */
export const WATCH_COLUMNS: readonly string[] = ['rotationRate', 'gravity', 'acceleration'].flatMap((name) =>
  AXES.map((axis) => `${name}${axis.toUpperCase()}`),
);

/** Motion of a watch: rotation, gravity, and acceleration without it, all of the same times. */
export class WatchMotion {
  readonly #gyroscope = new BlockBuilder();
  readonly #gravity = new BlockBuilder();
  readonly #linear = new BlockBuilder();
  readonly #total = new BlockBuilder();

  get invalidSamples(): number {
    return Math.max(this.#gyroscope.invalid, this.#linear.invalid);
  }

  /** @param values as {@link WATCH_COLUMNS} name them */
  add(timeMs: number, values: readonly number[]): void {
    const [rx = Number.NaN, ry = Number.NaN, rz = Number.NaN] = values;
    const [gx = Number.NaN, gy = Number.NaN, gz = Number.NaN] = values.slice(3, 6);
    const [ax = Number.NaN, ay = Number.NaN, az = Number.NaN] = values.slice(6, 9);
    this.#gyroscope.add(timeMs, rx, ry, rz);
    this.#gravity.add(timeMs, gx, gy, gz);
    this.#linear.add(timeMs, ax, ay, az);
    this.#total.add(timeMs, gx + ax, gy + ay, gz + az);
  }

  /** The convention that the length of gravity shows: 1 g of an Apple Watch left to itself, else m/s². */
  get convention(): PlatformName {
    return signOfGravity(this.#gravity.values)?.name ?? 'ios';
  }

  /** In SI units and Android's convention. To be called once, last. */
  build(convention: PlatformName): SampleBlock[] {
    const scale = convention === 'ios' ? -STANDARD_GRAVITY : 1;
    return [
      this.#total.build('accelerometer', scale),
      this.#linear.build('linear-acceleration', scale),
      this.#gravity.build('gravity', scale),
      this.#gyroscope.build('gyroscope'),
    ].filter(({ timesMs }) => timesMs.length > 0);
  }
}
