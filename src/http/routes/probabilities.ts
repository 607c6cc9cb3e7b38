import { z } from 'zod';
import { isSampled, readProbabilities } from '../answers/probability-points.js';
import { requireDevice } from '../answers/read-timeline.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp, HttpOptions } from '../options.js';
import { jsonAnswer, problemAnswers } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import { deviceParamsSchema, probabilitiesAnswerSchema } from '../schemas.js';
import { resolveTimeRange, timeRangeShape } from '../time-range.js';

const MAX_POINTS = 1000;

const querySchema = z.object({
  ...timeRangeShape,
  points: z.coerce.number().int().min(1).max(MAX_POINTS).default(300),
  model: z.string().min(1).max(64).optional().describe('Only windows of this model'),
});

/** `GET /v1/devices/:id/probabilities`: what the models said, thinned for a plot. */
export function addProbabilitiesRoute(
  app: HttpApp,
  options: HttpOptions,
  dependencies: HttpDependencies,
): void {
  const { clock, store } = dependencies;
  app.get(
    '/v1/devices/:id/probabilities',
    {
      config: { scope: 'read', errors: { 503: UNAVAILABLE.store } },
      handlerTimeout: options.queryTimeoutMs,
      schema: {
        operationId: 'getProbabilities',
        summary: 'Mean probabilities and coverage in slots of equal length, by default of the last 24 hours',
        tags: ['devices'],
        params: deviceParamsSchema,
        querystring: querySchema,
        response: { 200: jsonAnswer('The points', probabilitiesAnswerSchema), ...problemAnswers },
      },
    },
    async ({ params: { id: device }, query: { points, model, ...times } }) => {
      const range = resolveTimeRange(times, clock.nowMs());
      const found = await readProbabilities(store, { device, range, points, model });
      if (found.length === 0) await requireDevice(device, dependencies);
      return { device, sampled: isSampled(range), points: found.map((point) => ({ ...point })) };
    },
  );
}
