import { GatewayError } from '../errors.js';

/** A table of text, as an app exported it. */
export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** True where numbers are written with a decimal comma. */
  readonly hasDecimalComma: boolean;
}

const DELIMITERS = ['\t', ';', ','] as const;
const HEAD_CHARACTERS = 4096;

/**
 * Reads CSV (RFC 4180) with commas, semicolons or tabs; the first line names the columns. Cells are trimmed, empty lines
 * left out.
 *
 * @param file names the file in errors
 * @throws GatewayError `RECORDING_INVALID` where a quote is never closed
 */
export function parseCsvTable(file: string, bytes: Uint8Array): CsvTable {
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  const delimiter = delimiterOf(text.slice(0, HEAD_CHARACTERS));
  const lines = text.includes('"') ? quotedLines(file, text, delimiter) : plainLines(text, delimiter);
  const [columns = [], ...rows] = lines.filter((cells) => cells.length > 1 || cells[0] !== '');
  return { columns, rows, hasDecimalComma: delimiter !== ',' };
}

/** Finds a column by its name, whatever the case; -1 when there is none. */
export function columnOf({ columns }: CsvTable, name: string): number {
  return columns.findIndex((column) => column.toLowerCase() === name);
}

/** NaN for what is no number; an empty cell is a missing value. */
export function numberIn(
  cell: string | undefined,
  { hasDecimalComma }: Pick<CsvTable, 'hasDecimalComma'>,
): number {
  if (cell === undefined || cell === '') return Number.NaN;
  return Number(hasDecimalComma ? cell.replace(',', '.') : cell);
}

/** What separates the columns of the first line, outside quotes. */
function delimiterOf(head: string): string {
  const line = head.split(/\r?\n/, 1)[0]?.replace(/"[^"]*"/g, '') ?? '';
  return DELIMITERS.find((delimiter) => line.includes(delimiter)) ?? ',';
}

function plainLines(text: string, delimiter: string): string[][] {
  return text.split(/\r\n|\n|\r/).map((line) => line.split(delimiter).map((cell) => cell.trim()));
}

/** Quotes may hold delimiters, line ends, and quotes written twice. */
function quotedLines(file: string, text: string, delimiter: string): string[][] {
  const cell = new RegExp(
    `(?:"((?:[^"]|"")*)"|([^"${delimiter}\\r\\n]*))[ ]*(${delimiter}|\\r\\n|\\n|\\r|$)`,
    'y',
  );
  const lines: string[][] = [[]];
  while (cell.lastIndex < text.length) {
    const [whole, quoted, plain = '', end] = cell.exec(text) ?? [];
    if (whole === undefined) {
      throw new GatewayError(
        'RECORDING_INVALID',
        `${file}: line ${lines.length} has a quote in the wrong place`,
      );
    }
    lines.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain.trim());
    if (end !== delimiter) lines.push([]);
  }
  return lines.filter((cells) => cells.length > 0);
}
