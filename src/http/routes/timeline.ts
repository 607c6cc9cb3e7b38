import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { ApparelInterval } from '../../domain/image.js';
import type { StatusInterval } from '../../domain/status.js';
import { isSequence } from '../../inference/models/manifest.js';
import { downsampleTimeline, readTimeline, requireDevice } from '../answers/read-timeline.js';
import {
  formatShape,
  possibleStatuses,
  sendCsv,
  TIMELINE_HEADER,
  type TimelineTable,
  timelineRows,
  wantsCsv,
} from '../csv.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp, HttpOptions } from '../options.js';
import { jsonAnswer, problemAnswers, withCsv } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import { deviceParamsSchema, targetParameter, timelineAnswerSchema } from '../schemas.js';
import { resolveTimeRange, timeRangeShape } from '../time-range.js';
import { reasonAnswer } from './devices.js';

/** The target that stands for what devices' cameras saw. */
const APPAREL = 'apparel';

const querySchema = z.object({
  target: targetParameter,
  ...timeRangeShape,
  resolutionMs: z.coerce
    .number()
    .positive()
    .optional()
    .describe('For drawing: slots of this length, each with the status that held for longest in it'),
  ...formatShape,
});

/** `GET /v1/devices/:id/timeline`: intervals of status of one target. */
export function addTimelineRoute(app: HttpApp, options: HttpOptions, dependencies: HttpDependencies): void {
  const { apparelTimeline, clock } = dependencies;
  app.get(
    '/v1/devices/:id/timeline',
    {
      config: { scope: 'read', errors: { 503: UNAVAILABLE.store } },
      handlerTimeout: options.queryTimeoutMs,
      schema: {
        operationId: 'getTimeline',
        summary: 'Statuses of one target over a time range, by default the last 24 hours, at most until now',
        description: 'The target `apparel` gives the labels of the frames of the device’s camera.',
        tags: ['devices'],
        params: deviceParamsSchema,
        querystring: querySchema,
        response: { 200: withCsv(jsonAnswer('The timeline', timelineAnswerSchema)), ...problemAnswers },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { query } = request;
      const { resolutionMs, target } = query;
      const isTable = wantsCsv(request, query.format);
      if (target === APPAREL) {
        const nowMs = clock.nowMs();
        const intervals = await apparelTimeline(id, resolveTimeRange(query, nowMs), nowMs);
        if (intervals.length === 0) await requireDevice(id, dependencies);
        if (isTable) return sendTimeline(reply, { device: id, target, intervals, statuses: [] });
        return { device: id, target, intervals: intervals.map(apparelAnswer) };
      }
      const { intervals: exact, reason } = await readTimeline(id, query, dependencies);
      const intervals = resolutionMs === undefined ? exact : downsampleTimeline(exact, resolutionMs);
      if (isTable) {
        const statuses = possibleStatuses(target, dependencies.models().filter(isSequence), intervals);
        return sendTimeline(reply, { device: id, target, intervals, statuses });
      }
      return {
        device: id,
        target,
        intervals: intervals.map(intervalAnswer),
        ...(reason === undefined ? {} : { reason: reasonAnswer(reason) }),
      };
    },
  );
}

function sendTimeline(reply: FastifyReply, table: TimelineTable): FastifyReply {
  return sendCsv(reply, `${table.target}-${table.device}`, TIMELINE_HEADER, timelineRows(table));
}

function apparelAnswer({ labels, ...interval }: ApparelInterval) {
  return { ...interval, ...(labels === undefined ? {} : { labels: [...labels] }) };
}

function intervalAnswer({ reason, ...interval }: StatusInterval) {
  return { ...interval, ...(reason === undefined ? {} : { reason: reasonAnswer(reason) }) };
}
