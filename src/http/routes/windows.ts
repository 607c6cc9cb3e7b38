import { Readable } from 'node:stream';
import { z } from 'zod';
import { writtenAnswer } from '../answers.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../http-app.js';
import { requireDevice } from '../known-device.js';
import { problemAnswers } from '../problem.js';
import { deviceParamsSchema, windowsAnswerSchema } from '../schemas.js';
import { resolveTimeRange, timeRangeShape } from '../time-range.js';
import { readWindowPages, writeWindowsAnswer } from '../windows-answer.js';

const MAX_WINDOWS = 100_000;

const querySchema = z.object({
  ...timeRangeShape,
  limit: z.coerce.number().int().min(1).max(MAX_WINDOWS).default(MAX_WINDOWS),
  model: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Only windows of this model; without it those of all but candidates'),
});

/**
 * `GET /v1/devices/:id/windows`: the results of single windows. A day of one model is some 70,000 of them, so the
 * answer is written page by page, as fast as the client reads.
 */
export function addWindowsRoute(app: HttpApp, dependencies: HttpDependencies): void {
  const { clock, store, candidates } = dependencies;
  app.get(
    '/v1/devices/:id/windows',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listWindows',
        summary: 'Window results that end in a time range, by default the last 24 hours',
        tags: ['devices'],
        params: deviceParamsSchema,
        querystring: querySchema,
        response: {
          200: writtenAnswer('The windows', 'application/json', windowsAnswerSchema),
          ...problemAnswers,
        },
      },
    },
    async ({ params: { id: device }, query: { limit, model, ...times } }, reply) => {
      const range = resolveTimeRange(times, clock.nowMs());
      const except = new Set(candidates().map(({ name }) => name));
      const pages = readWindowPages(store, { device, range, model, except });
      // Before the status line is written: a store that is down is a 503, not a cut answer.
      const first = await pages.next();
      if (first.done === true) await requireDevice(device, dependencies);
      const text = writeWindowsAnswer(device, first.done === true ? [] : first.value, pages, limit);
      return reply.type('application/json; charset=utf-8').send(Readable.from(text, { objectMode: false }));
    },
  );
}
