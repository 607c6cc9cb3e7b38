import { z } from 'zod';
import { wrongEpochUnit } from '../domain/epoch-time.js';
import type { TimeRange } from '../domain/store.js';
import { queryProblem } from './problem.js';

const DAY_MS = 86_400_000;
const DEFAULT_SPAN_MS = DAY_MS;
const MAX_SPAN_DAYS = 366;
/** Largest time a JavaScript date can hold, in either direction. */
const MAX_TIME_MS = 8.64e15;

const EPOCH_MS_PATTERN = /^-?\d{1,16}(\.\d{1,3})?$/;
// A blank before the offset is a "+" that was not escaped in a query.
const ISO_PATTERN = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(:\d{2})?(\.\d{1,9})?(Z|[+\- ]\d{2}:\d{2}))?$/;

const TIME_RULE =
  'a time is epoch milliseconds, or ISO 8601 with a zone, for example 2026-01-31T08:00:00Z or 2026-01-31 (UTC)';

/**
 * Reads a time as queries may write it.
 *
 * @returns epoch milliseconds, or `undefined` when the text is not a time: other formats, no zone, no such day
 */
export function parseTime(text: string): number | undefined {
  if (EPOCH_MS_PATTERN.test(text)) {
    const timeMs = Number(text);
    return Math.abs(timeMs) <= MAX_TIME_MS ? timeMs : undefined;
  }
  const match = ISO_PATTERN.exec(text);
  if (match === null) return undefined;
  const [, date = '', minutes = '00:00', seconds = ':00', fraction = '', zone = 'Z'] = match;
  if (!isDay(date)) return undefined;
  const timeMs = Date.parse(`${date}T${minutes}${seconds}${fraction}${zone.replace(' ', '+')}`);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** A time in a query string. */
export const timeSchema = z.string().transform((text, context) => {
  const timeMs = parseTime(text);
  const wrongUnit = wrongEpochUnit(Number(text));
  if (timeMs !== undefined && wrongUnit === undefined) return timeMs;
  context.addIssue({ code: 'custom', message: wrongUnit ?? TIME_RULE });
  return z.NEVER;
});

/** The query parameters of a time range. */
export const timeRangeShape = {
  from: timeSchema
    .optional()
    .describe('Begin, included: epoch milliseconds or ISO 8601; without it, 24 h before `to`'),
  to: timeSchema.optional().describe('End, not included: epoch milliseconds or ISO 8601; without it, now'),
};

/**
 * Fills in what a query left out: `to` is now, `from` a day before `to`.
 *
 * @throws HttpProblem 400 for a range that is reversed, empty or longer than a year
 */
export function resolveTimeRange(
  query: { readonly from?: number | undefined; readonly to?: number | undefined },
  nowMs: number,
): TimeRange {
  const toMs = query.to ?? nowMs;
  const fromMs = query.from ?? toMs - DEFAULT_SPAN_MS;
  if (fromMs >= toMs) {
    const until = query.to === undefined ? `now, ${format(toMs)}` : format(toMs);
    throw queryProblem('from', `from (${format(fromMs)}) must lie before to (${until})`);
  }
  const days = (toMs - fromMs) / DAY_MS;
  if (days > MAX_SPAN_DAYS) {
    throw queryProblem(
      'from',
      `the range spans ${Math.round(days)} days; ask for at most ${MAX_SPAN_DAYS} days at a time`,
    );
  }
  return { fromMs, toMs };
}

function isDay(date: string): boolean {
  const time = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(date);
}

function format(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
