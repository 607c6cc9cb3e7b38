import { pipeline, type Readable } from 'node:stream';
import { type Options, parse } from 'csv-parse';
import { parse as parseText } from 'csv-parse/sync';
import { AXES } from '../../domain/samples.js';
import { GatewayError, messageOf } from '../../shared/errors.js';

/** How a table is written: apps keep to RFC 4180, spreadsheets to the language of their machine. */
export interface CsvFormat {
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  readonly delimiter: ',' | ';' | '\t';
  readonly decimalMark: '.' | ',';
  readonly columns: readonly string[];
  readonly firstRow: readonly string[];
}

/** An axis by itself, or as in `accX`: other Latin letters beside it would make it a word. */
export const AXIS = /(?<!\p{Script=Latin})[xyzXYZ](?!\p{Script=Latin})|(?<=\p{Ll})[XYZ]$/u;

const DELIMITERS = ['\t', ';', ','] as const;
/** Rows by which the decimal mark is found. */
const SAMPLE_ROWS = 200;
/** A quote that is never closed makes one cell of the rest of a file. */
const MAX_ROW_CHARACTERS = 1_000_000;
const NUMBER_LIKE = /^[+-]?\d[\d.,'’\s]*(e[+-]?\d+)?$/i;
/** One mark with three digits after it: thousands, or a fraction of three digits. */
const AMBIGUOUS = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;

/**
 * Finds out how a table is written; its first line names the columns.
 *
 * @param head bytes from its beginning
 */
export function csvFormatOf(head: Uint8Array): CsvFormat {
  const encoding = encodingOf(head);
  const text = new TextDecoder(encoding).decode(head);
  const delimiter = delimiterOf(text);
  const [columns = [], ...rows] = headRows(text, delimiter);
  const decimalMark = decimalMarkOf(rows.flat(), delimiter);
  return { encoding, delimiter, decimalMark, columns, firstRow: rows[0] ?? [] };
}

/**
 * The rows below the columns' names, as they are read. Cells are trimmed, empty lines left out; a row may have fewer or more
 * cells than there are columns.
 *
 * @param file names the file in errors
 * @throws GatewayError `RECORDING_INVALID` where it cannot be read, or a quote is never closed
 */
export async function* csvRows(
  file: string,
  bytes: Readable,
  { encoding, delimiter }: Pick<CsvFormat, 'encoding' | 'delimiter'>,
): AsyncGenerator<readonly string[]> {
  const parser = parse({ ...optionsOf(delimiter), from: 2 });
  // What fails on the way fails the parser, too.
  pipeline(
    bytes,
    (source: AsyncIterable<Uint8Array>) => decoded(source, encoding),
    parser,
    () => undefined,
  );
  try {
    for await (const row of parser) yield row;
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Finds a column by its name, whatever the case; -1 when there is none. */
export function columnOf({ columns }: Pick<CsvFormat, 'columns'>, name: string): number {
  return columns.findIndex((column) => column.toLowerCase() === name);
}

/** The columns of x, y and z by their titles, `-1` for one that is missing. */
export function axisColumnsOf({ columns }: Pick<CsvFormat, 'columns'>): number[] {
  return AXES.map((_, axis) => columns.findIndex((column) => axisIn(column) === axis));
}

/** The number of the axis that a column's title names; -1 where it names none. */
export function axisIn(title: string): number {
  const letters: readonly string[] = AXES;
  return letters.indexOf(AXIS.exec(title)?.[0].toLowerCase() ?? '');
}

/** NaN for what is no number; an empty cell is a missing value. */
export function numberIn(cell: string | undefined, { decimalMark }: Pick<CsvFormat, 'decimalMark'>): number {
  if (cell === undefined || cell === '') return Number.NaN;
  const number = decimalMark === '.' ? Number(cell) : Number.NaN;
  if (!Number.isNaN(number)) return number;
  const plain = cell.replace(/[\s'’]/g, '');
  if (decimalMark === '.') return Number(plain.replace(/,(?=\d{3})/g, ''));
  return Number(plain.replace(/\.(?=\d{3})/g, '').replace(',', '.'));
}

function optionsOf(delimiter: string): Options {
  return {
    delimiter,
    trim: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_CHARACTERS,
  };
}

/** Without its byte order mark. */
async function* decoded(bytes: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** By the byte order mark; what is no UTF-8 comes from a spreadsheet on Windows. */
function encodingOf(head: Uint8Array): CsvFormat['encoding'] {
  const [first, second] = head;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/** What separates the columns of the first line, outside quotes. */
function delimiterOf(text: string): CsvFormat['delimiter'] {
  const line = /^\s*([^\r\n]*)/.exec(text)?.[1]?.replace(/"[^"]*"/g, '') ?? '';
  return DELIMITERS.find((delimiter) => line.includes(delimiter)) ?? ',';
}

function headRows(text: string, delimiter: string): readonly (readonly string[])[] {
  for (const rows of [SAMPLE_ROWS, 1]) {
    try {
      return parseText(text, { ...optionsOf(delimiter), to: rows });
    } catch {
      // A quote that is open where the head ends; whether it is closed shows when all of it is read.
    }
  }
  return [];
}

/**
 * A mark that comes twice in a number, or before the other one, separates thousands. A single one is the decimal mark, unless
 * three digits follow. Where no number tells, it is a comma if commas cannot separate columns and no number has a point.
 */
function decimalMarkOf(cells: readonly string[], delimiter: string): CsvFormat['decimalMark'] {
  const numbers = cells.filter((cell) => NUMBER_LIKE.test(cell));
  for (const number of numbers) {
    const marks = number.match(/[.,]/g) ?? [];
    const [first, last] = [marks[0], marks.at(-1)];
    if (first === undefined || AMBIGUOUS.test(number)) continue;
    const isThousandsMark = marks.length > 1 && first === last;
    return (last === ',') === isThousandsMark ? '.' : ',';
  }
  return delimiter === ',' || numbers.some((number) => number.includes('.')) ? '.' : ',';
}
