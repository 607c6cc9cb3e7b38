import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApparelInterval } from '../domain/image.js';
import type { StatusInterval } from '../domain/status.js';
import type { StoredWindow } from '../domain/store.js';
import { isBinary, type SequenceManifest, statusesOf } from '../inference/models/manifest.js';

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

export const TIMELINE_HEADER = [
  ...['from_utc', 'to_utc', 'duration_s', 'device', 'target', 'status', 'confidence'],
  ...['reason', 'reason_text', 'label', 'classes'],
];

/** What a line of a timeline is made of. */
export interface TimelineTable {
  readonly device: string;
  readonly target: string;
  readonly intervals: readonly (StatusInterval & Partial<Pick<ApparelInterval, 'label' | 'labels'>>)[];
  /** Statuses that the target may have. */
  readonly statuses: readonly string[];
}

export function* timelineRows({ device, target, intervals, statuses }: TimelineTable): Generator<Cell[]> {
  for (const { fromMs, toMs, status, confidence, reason, label, labels } of intervals) {
    const span = [isoTime(fromMs), isoTime(toMs), (toMs - fromMs) / 1000];
    yield [
      ...span,
      device,
      target,
      status,
      confidence,
      reason?.code,
      reason?.text,
      labels?.join(' | ') ?? label,
      statuses.join(' | '),
    ];
  }
}

/** Statuses that a target may have: those of the first model that tells it, else those that were said. */
export function possibleStatuses(
  target: string,
  models: readonly SequenceManifest[],
  said: readonly Pick<StatusInterval, 'status'>[],
): string[] {
  const spec = models.flatMap(({ targets }) => targets).find(({ name }) => name === target);
  return spec === undefined ? [...new Set(said.map(({ status }) => status))].sort() : statusesOf(spec);
}

const WINDOW_COLUMNS = [
  'start_utc',
  'end_utc',
  'device',
  'model',
  'coverage',
  'mean_delta_ms',
  'max_delta_ms',
];

export function windowHeader(names: readonly string[]): string[] {
  return [...WINDOW_COLUMNS, ...names.map((name) => `probability_${name}`), 'other_probabilities'];
}

/** @param names of probabilities that have a column; others share the last one */
export async function* windowRows(
  pages: AsyncIterable<readonly StoredWindow[]> | Iterable<readonly StoredWindow[]>,
  names: readonly string[],
): AsyncGenerator<Cell[]> {
  for await (const page of pages) for (const window of page) yield windowRow(window, names);
}

function windowRow(window: StoredWindow, names: readonly string[]): Cell[] {
  const { startMs, endMs, device, model, coverage, meanDeltaMs, maxDeltaMs, probabilities } = window;
  const others = Object.entries(probabilities).filter(([name]) => !names.includes(name));
  return [
    ...[isoTime(startMs), isoTime(endMs), device, model, coverage, meanDeltaMs, maxDeltaMs],
    ...names.map((name) => probabilities[name]),
    others.map(([name, value]) => `${name} ${value}`).join('; '),
  ];
}

/** Names under which models' probabilities are stored, and those of windows of models that are gone. */
export function probabilityNames(
  models: readonly SequenceManifest[],
  windows: readonly StoredWindow[],
): string[] {
  const told = models.flatMap(({ targets }) =>
    targets.flatMap((target) =>
      isBinary(target) ? [target.name] : target.classes.map((name) => `${target.name}.${name}`),
    ),
  );
  return [...new Set([...told, ...windows.flatMap(({ probabilities }) => Object.keys(probabilities))])];
}
