import { z } from 'zod';
import type { TimeRange } from '../../domain/store.js';
import type { RecordingEntry } from '../../recordings/recordings-folder.js';
import { requireDevice } from '../answers/read-timeline.js';
import { type Cell, formatShape, isoTime, sendCsv, wantsCsv } from '../csv.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../options.js';
import { jsonAnswer, problemAnswers, withCsv } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import { deviceParamsSchema } from '../schemas.js';
import { resolveTimeRange, timeRangeShape } from '../time-range.js';

const labelSchema = z.object({
  recording: z.string(),
  fromMs: z.number().describe('Epoch milliseconds'),
  toMs: z.number().describe('Not included'),
  activity: z.string().nullable(),
  accompanied: z.boolean().nullable(),
  conversation: z.boolean().nullable(),
  with: z.array(z.string()).optional().describe('Subjects who were there'),
});
type Label = z.infer<typeof labelSchema>;

const labelsAnswerSchema = z
  .object({ device: z.string(), labels: z.array(labelSchema).describe('Oldest first; null: not said') })
  .meta({ id: 'Labels' });

const HEADER = [
  'from_utc',
  'to_utc',
  'duration_s',
  'device',
  'activity',
  'accompanied',
  'conversation',
  'recording',
  'with',
];

/** `GET /v1/devices/:id/labels`: what people said was true of the wearer, from its recordings. */
export function addListLabelsRoute(app: HttpApp, dependencies: HttpDependencies): void {
  app.get(
    '/v1/devices/:id/labels',
    {
      config: { scope: 'read', errors: { 503: UNAVAILABLE.store } },
      schema: {
        operationId: 'listLabels',
        summary: 'Labels that people gave in a time range, by default the last 24 hours',
        tags: ['recordings'],
        params: deviceParamsSchema,
        querystring: z.object({ ...timeRangeShape, ...formatShape }),
        response: { 200: withCsv(jsonAnswer('The labels', labelsAnswerSchema)), ...problemAnswers },
      },
    },
    async (request, reply) => {
      const { id: device } = request.params;
      const { format, ...times } = request.query;
      const range = resolveTimeRange(times, dependencies.clock.nowMs());
      const labels = labelsOf(await dependencies.recordings(), device, range);
      if (labels.length === 0) await requireDevice(device, dependencies);
      if (!wantsCsv(request, format)) return { device, labels };
      return sendCsv(
        reply,
        `labels-${device}`,
        HEADER,
        labels.map((label) => rowOf(device, label)),
      );
    },
  );
}

function labelsOf(
  recordings: readonly RecordingEntry[],
  device: string,
  { fromMs, toMs }: TimeRange,
): Label[] {
  return recordings
    .filter(({ header }) => header.device === device)
    .flatMap(({ header }) => {
      const startMs = Date.parse(header.start);
      return header.labels.map((label) => ({
        ...label,
        with: label.with?.slice(),
        recording: header.id,
        fromMs: startMs + label.fromMs,
        toMs: startMs + label.toMs,
      }));
    })
    .filter((label) => label.fromMs < toMs && label.toMs > fromMs)
    .sort((a, b) => a.fromMs - b.fromMs);
}

function rowOf(device: string, label: Label): Cell[] {
  const { recording, fromMs, toMs, activity, accompanied, conversation, with: others } = label;
  const span = [isoTime(fromMs), isoTime(toMs), (toMs - fromMs) / 1000];
  const said = [activity, yesOrNo(accompanied), yesOrNo(conversation)];
  // An empty cell is what nobody said.
  const company = others?.length === 0 ? 'nobody' : others?.join(' | ');
  return [...span, device, ...said, recording, company];
}

function yesOrNo(value: boolean | null): Cell {
  if (value === null) return undefined;
  return value ? 'yes' : 'no';
}
