import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** A value of a table; times are written before. `undefined` and `null` leave the cell empty. */
export type Cell = string | number | boolean | null | undefined;

export const CSV_TYPE = 'text/csv';

/** The query parameter that asks for a form. */
export const formatShape = {
  format: z.enum(['json', 'csv']).optional().describe('csv: the same as a table, as for `Accept: text/csv`'),
};

/** OpenAPI description of a table. */
export const csvContent = {
  [CSV_TYPE]: {
    schema: z
      .string()
      .describe('RFC 4180 with a header line; times are ISO 8601 in UTC, units stand in the names'),
  },
};

/** Whether somebody wants a table: `format` says so, or the header names `text/csv` before JSON. */
export function wantsCsv(
  { headers }: Pick<FastifyRequest, 'headers'>,
  format: 'json' | 'csv' | undefined,
): boolean {
  if (format !== undefined) return format === 'csv';
  const csv = qualityOf(headers.accept, CSV_TYPE);
  return csv > 0 && csv >= qualityOf(headers.accept, 'application/json');
}

/** Answers with a table that is written as fast as it is read. */
export function sendCsv(
  reply: FastifyReply,
  name: string,
  header: readonly string[],
  rows: Iterable<readonly Cell[]> | AsyncIterable<readonly Cell[]>,
): FastifyReply {
  return reply
    .type(`${CSV_TYPE}; charset=utf-8; header=present`)
    .header('content-disposition', `attachment; filename="${name.replace(/[^A-Za-z0-9._-]/g, '_')}.csv"`)
    .send(Readable.from(writeCsv(header, rows), { objectMode: false }));
}

/** A line of a table after RFC 4180, which no spreadsheet takes for a formula. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

/** A time as tables have it: ISO 8601 in UTC. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

async function* writeCsv(
  header: readonly string[],
  rows: Iterable<readonly Cell[]> | AsyncIterable<readonly Cell[]>,
): AsyncGenerator<string, void> {
  let text = csvLine(header);
  for await (const row of rows) {
    text += csvLine(row);
    if (text.length < CHUNK_CHARACTERS) continue;
    yield text;
    text = '';
  }
  yield text;
}

const CHUNK_CHARACTERS = 16_384;
/** What spreadsheets take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/;
const TO_QUOTE = /[",\r\n]|^\s|\s$/;

function cellText(cell: Cell): string {
  if (cell === undefined || cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return TO_QUOTE.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** How much a header wants a type that it names: 0 to 1. */
function qualityOf(accept: string | undefined, type: string): number {
  for (const range of accept?.split(',') ?? []) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (name !== type) continue;
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return quality === undefined ? 1 : Number(quality) || 0;
  }
  return 0;
}
