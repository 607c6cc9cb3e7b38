import { z } from 'zod';
import { isBinary, type Manifest } from '../../models/manifest.js';
import { jsonAnswer } from '../answers.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../http-app.js';
import { requireDevice } from '../known-device.js';
import type { HttpOptions } from '../options.js';
import { problemAnswers, queryProblem } from '../problem.js';
import { deviceParamsSchema, timelineAnswerSchema } from '../schemas.js';
import { resolveTimeRange, timeRangeShape } from '../time-range.js';

/** The target that stands for what devices' cameras saw. */
const APPAREL = 'apparel';

const querySchema = z.object({
  target: z.string({ error: 'name a target, for example accompanied' }).min(1).max(64),
  ...timeRangeShape,
});

/** `GET /v1/devices/:id/timeline`: intervals of status of one target. */
export function addTimelineRoute(app: HttpApp, options: HttpOptions, dependencies: HttpDependencies): void {
  const { apparelTimeline, buildTimeline, clock, models, store } = dependencies;
  app.get(
    '/v1/devices/:id/timeline',
    {
      config: { scope: 'read' },
      handlerTimeout: options.queryTimeoutMs,
      schema: {
        operationId: 'getTimeline',
        summary: 'Statuses of one target over a time range, by default the last 24 hours, at most until now',
        description: 'The target `apparel` gives the labels of the frames of the device’s camera.',
        tags: ['devices'],
        params: deviceParamsSchema,
        querystring: querySchema,
        response: { 200: jsonAnswer('The timeline', timelineAnswerSchema), ...problemAnswers },
      },
    },
    async ({ params: { id }, query }) => {
      const { target } = query;
      const nowMs = clock.nowMs();
      const range = resolveTimeRange(query, nowMs);
      if (target === APPAREL) {
        const intervals = await apparelTimeline(id, range, nowMs);
        if (intervals.length === 0) await requireDevice(id, dependencies);
        return { device: id, target, intervals: intervals.map((interval) => ({ ...interval })) };
      }
      const points = await store.statuses(id, target, range);
      if (points.length === 0) {
        await requireDevice(id, dependencies);
        requireTarget(target, models());
      }
      // Nothing is known of the future, not even that it is unknown; but a device's clock, or a replay, may be ahead.
      const knownUntilMs = Math.max(nowMs, points.at(-1)?.atMs ?? nowMs);
      const known = { ...range, toMs: Math.min(range.toMs, knownUntilMs) };
      const intervals = buildTimeline(points, known).map((interval) => ({ ...interval }));
      return { device: id, target, intervals };
    },
  );
}

/** A target that no model has may still have stored statuses, of a model that is gone; without them it is a mistake. */
function requireTarget(target: string, models: readonly Manifest[]): void {
  const known = new Set(models.flatMap(statusTargetsOf));
  if (known.has(target)) return;
  const names = known.size === 0 ? 'no model is active' : `the models have ${[...known].sort().join(', ')}`;
  throw queryProblem('target', `there is no target ${target}; ${names}`);
}

function statusTargetsOf(model: Manifest): string[] {
  return model.kind === 'sequence' ? model.targets.filter(isBinary).map(({ name }) => name) : [];
}
