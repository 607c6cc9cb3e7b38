import { Readable } from 'node:stream';
import { z } from 'zod';
import type { StoredWindow } from '../../domain/store.js';
import { isSequence } from '../../inference/models/manifest.js';
import { requireDevice } from '../answers/read-timeline.js';
import { readWindowPages, writeWindowsAnswer } from '../answers/windows-answer.js';
import {
  type Cell,
  formatShape,
  probabilityNames,
  sendCsv,
  wantsCsv,
  windowHeader,
  windowRows,
} from '../csv.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../options.js';
import { problemAnswers, withCsv, writtenAnswer } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import { deviceParamsSchema, windowsAnswerSchema } from '../schemas.js';
import { resolveTimeRange, timeRangeShape } from '../time-range.js';

const MAX_WINDOWS = 100_000;

const querySchema = z.object({
  ...timeRangeShape,
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_WINDOWS)
    .optional()
    .describe(`At most so many, by default ${MAX_WINDOWS}; a table has all`),
  model: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Only windows of this model; without it those of all but candidates'),
  ...formatShape,
});

/**
 * `GET /v1/devices/:id/windows`: the results of single windows. A day of one model is some 70,000 of them, so the
 * answer is written page by page, as fast as the client reads.
 */
export function addWindowsRoute(app: HttpApp, dependencies: HttpDependencies): void {
  const { clock, store, candidates, models } = dependencies;
  app.get(
    '/v1/devices/:id/windows',
    {
      config: { scope: 'read', errors: { 503: UNAVAILABLE.store } },
      schema: {
        operationId: 'listWindows',
        summary: 'Window results that end in a time range, by default the last 24 hours',
        tags: ['devices'],
        params: deviceParamsSchema,
        querystring: querySchema,
        response: {
          200: withCsv(writtenAnswer('The windows', 'application/json', windowsAnswerSchema)),
          ...problemAnswers,
        },
      },
    },
    async (request, reply) => {
      const { id: device } = request.params;
      const { limit, model, format, ...times } = request.query;
      const range = resolveTimeRange(times, clock.nowMs());
      const except = new Set(candidates().map(({ name }) => name));
      const pages = readWindowPages(store, { device, range, model, except });
      // Before the status line is written: a store that is down is a 503, not a cut answer.
      const first = await pages.next();
      if (first.done === true) await requireDevice(device, dependencies);
      const begin = first.done === true ? [] : first.value;
      if (wantsCsv(request, format)) {
        const names = probabilityNames(models().filter(isSequence), begin);
        const rows = windowRows(following(begin, pages), names);
        return sendCsv(reply, `windows-${device}`, windowHeader(names), takeRows(rows, limit));
      }
      const text = writeWindowsAnswer(device, begin, pages, limit ?? MAX_WINDOWS);
      return reply.type('application/json; charset=utf-8').send(Readable.from(text, { objectMode: false }));
    },
  );
}

async function* following(
  first: readonly StoredWindow[],
  rest: AsyncIterable<readonly StoredWindow[]>,
): AsyncGenerator<readonly StoredWindow[]> {
  yield first;
  yield* rest;
}

async function* takeRows(
  rows: AsyncIterable<Cell[]>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Cell[]> {
  let left = limit;
  for await (const row of rows) {
    if (left <= 0) return;
    left -= 1;
    yield row;
  }
}
