import { epochToMs } from '../../domain/epoch-time.js';
import { GatewayError } from '../../shared/errors.js';
import { type CsvFormat, columnOf, numberIn } from './csv-table.js';

/** How the rows of a Sensor Logger table tell their time. */
export interface TableClock {
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
