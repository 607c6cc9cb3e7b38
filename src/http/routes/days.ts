import { z } from 'zod';
import type { Status, StatusInterval } from '../../domain/status.js';
import { readTimeline } from '../answers/read-timeline.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp, HttpOptions } from '../options.js';
import { jsonAnswer, problemAnswers, queryProblem } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import { daysAnswerSchema, deviceParamsSchema, targetParameter } from '../schemas.js';
import { timeRangeShape } from '../time-range.js';

const querySchema = z.object({
  target: targetParameter,
  ...timeRangeShape,
  timeZone: z
    .string()
    .max(64)
    .default('UTC')
    .describe('Time zone of the days: an IANA name, for example Asia/Seoul'),
});

/** `GET /v1/devices/:id/days`: how long each status of a target held, by calendar day. */
export function addDaysRoute(app: HttpApp, options: HttpOptions, dependencies: HttpDependencies): void {
  app.get(
    '/v1/devices/:id/days',
    {
      config: { scope: 'read', errors: { 503: UNAVAILABLE.store } },
      handlerTimeout: options.queryTimeoutMs,
      schema: {
        operationId: 'getDays',
        summary: 'Time per calendar day in each status of a target, by default of the last 24 hours',
        tags: ['devices'],
        params: deviceParamsSchema,
        querystring: querySchema,
        response: { 200: jsonAnswer('The days', daysAnswerSchema), ...problemAnswers },
      },
    },
    async ({ params: { id }, query }) => {
      requireTimeZone(query.timeZone);
      const { intervals } = await readTimeline(id, query, dependencies);
      const days: DayTotals[] = timePerDay(intervals, query.timeZone);
      return { device: id, target: query.target, timeZone: query.timeZone, days };
    },
  );
}

function requireTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw queryProblem('timeZone', 'timeZone is no IANA time zone, such as Europe/London or UTC');
  }
}

const DAY_MS = 86_400_000;
/** No day is longer than this, with a clock set back. */
const LONGEST_DAY_MS = 27 * 3_600_000;

/** How long each status held on one calendar day, milliseconds. */
interface DayTotals {
  /** `YYYY-MM-DD` in the time zone asked for. */
  readonly day: string;
  readonly fromMs: number;
  readonly yesMs: number;
  readonly noMs: number;
  readonly unknownMs: number;
  /** Of a target with more than two classes: by class. */
  readonly classesMs?: Readonly<Record<string, number>>;
}

/**
 * Adds up how long each status held, by calendar day.
 *
 * @param intervals ascending without overlap
 * @param timeZone IANA name
 * @throws RangeError for a time zone there is not
 */
export function timePerDay(intervals: readonly StatusInterval[], timeZone: string): DayTotals[] {
  const days = createCalendar(timeZone);
  const totals: DayTotals[] = [];
  for (const { fromMs, toMs, status } of intervals) {
    for (let partMs = fromMs; partMs < toMs; ) {
      const { day, endMs } = days(partMs);
      const untilMs = Math.min(toMs, endMs);
      add(totals, day, partMs, status, untilMs - partMs);
      partMs = untilMs;
    }
  }
  return totals;
}

function add(totals: DayTotals[], day: string, fromMs: number, status: Status, lengthMs: number): void {
  const last = totals.at(-1);
  const known = last?.day === day ? last : { day, fromMs, yesMs: 0, noMs: 0, unknownMs: 0 };
  const next = longer(known, status, lengthMs);
  if (last?.day === day) totals[totals.length - 1] = next;
  else totals.push(next);
}

function longer(totals: DayTotals, status: Status, lengthMs: number): DayTotals {
  switch (status) {
    case 'yes':
      return { ...totals, yesMs: totals.yesMs + lengthMs };
    case 'no':
      return { ...totals, noMs: totals.noMs + lengthMs };
    case 'unknown':
      return { ...totals, unknownMs: totals.unknownMs + lengthMs };
    default: {
      const { classesMs = {} } = totals;
      return { ...totals, classesMs: { ...classesMs, [status]: (classesMs[status] ?? 0) + lengthMs } };
    }
  }
}

/** Tells of a time which day it belongs to and when that ends; remembers the last day asked for. */
function createCalendar(
  timeZone: string,
): (timeMs: number) => { readonly day: string; readonly endMs: number } {
  // Its dates are written as ISO 8601 has them.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  const dayOf = (timeMs: number): string => format.format(timeMs);
  let known = { day: '', fromMs: 0, endMs: 0 };
  return (timeMs) => {
    if (timeMs >= known.fromMs && timeMs < known.endMs) return known;
    const day = dayOf(timeMs);
    known = { day, fromMs: timeMs, endMs: endOfDay(timeMs, day, dayOf) };
    return known;
  };
}

/** The first millisecond of the next day, found by halving. */
function endOfDay(timeMs: number, day: string, dayOf: (timeMs: number) => string): number {
  let [inside, outside] = [timeMs, timeMs + (dayOf(timeMs + DAY_MS) === day ? LONGEST_DAY_MS : DAY_MS)];
  while (outside - inside > 1) {
    const middle = Math.floor((inside + outside) / 2);
    if (dayOf(middle) === day) inside = middle;
    else outside = middle;
  }
  return outside;
}
