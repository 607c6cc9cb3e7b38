import { z } from 'zod';
import { STATED_PLACEMENTS } from '../../domain/samples.js';
import { requireOwn } from '../access-guard.js';
import { requireDevice } from '../answers/read-timeline.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../options.js';
import { jsonAnswer, problemAnswers } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import { deviceParamsSchema, placementSchema } from '../schemas.js';

const answerSchema = z
  .object({ device: z.string(), placement: placementSchema })
  .meta({ id: 'DevicePlacement' });

const changeSchema = z.strictObject({
  placement: z
    .enum(STATED_PLACEMENTS)
    .nullable()
    .describe('Where it is worn; any: now here, now there. null: as configured, or not said'),
});

/** Where a device is worn: asked and said by its own page, by the dashboard, or by a program. */
export function addPlacementRoutes(app: HttpApp, dependencies: HttpDependencies): void {
  const { placements } = dependencies;
  app.get(
    '/v1/devices/:id/placement',
    {
      config: { scope: 'ingest', errors: { 404: undefined } },
      schema: {
        operationId: 'getDevicePlacement',
        summary: 'Where a device is worn, as far as somebody has said',
        tags: ['devices'],
        params: deviceParamsSchema,
        response: { 200: jsonAnswer('Where it is worn', answerSchema), ...problemAnswers },
      },
    },
    (request) => {
      const { id } = request.params;
      requireOwn(request, id, 'ask for its own placement');
      return { device: id, placement: placements.of(id) };
    },
  );
  app.patch(
    '/v1/devices/:id',
    {
      config: { scope: 'ingest', errors: { 503: UNAVAILABLE.disk } },
      schema: {
        operationId: 'changeDevice',
        summary: 'Say where a device is worn; models that are made for another place do not speak of it',
        tags: ['devices'],
        params: deviceParamsSchema,
        body: changeSchema,
        response: { 200: jsonAnswer('Where it is worn from now on', answerSchema), ...problemAnswers },
      },
    },
    async (request) => {
      const { id } = request.params;
      requireOwn(request, id, 'change its own settings');
      // A phone that has joined and sent nothing so far may say it too.
      if (request.principal?.kind !== 'device') await requireDevice(id, dependencies);
      await placements.say(id, request.body.placement ?? undefined);
      return { device: id, placement: placements.of(id) };
    },
  );
}
