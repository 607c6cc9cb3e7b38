import { z } from 'zod';
import { readTimeline } from '../answers/read-timeline.js';
import { type DayTotals, timePerDay } from '../answers/time-per-day.js';
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
