import { z } from 'zod';
import type { DeviceId } from '../../domain/ids.js';
import type { TimeRange } from '../../domain/store.js';
import type { RecordingEntry } from '../../recordings/recordings-folder.js';
import { requireOwn } from '../access-guard.js';
import { requireDevice } from '../answers/read-timeline.js';
import { type Cell, formatShape, isoTime, sendCsv, wantsCsv } from '../csv.js';
import type { HttpDependencies, IngestResult } from '../dependencies.js';
import type { HttpApp } from '../options.js';
import { HttpProblem, jsonAnswer, problemAnswers, withCsv } from '../problem.js';
import { UNAVAILABLE, unavailable } from '../problem-of.js';
import { checkAllButBody, deviceParamsSchema } from '../schemas.js';
import { resolveTimeRange, timeRangeShape } from '../time-range.js';

const RETRY_AFTER_SECONDS = 2;

/** For clients to read; the label itself is checked where labels from MQTT are. */
const bodyDescription: unknown = z
  .strictObject({
    fromMs: z.number().optional().describe('Epoch milliseconds; with toMs'),
    toMs: z.number().optional().describe('Not included'),
    atMs: z
      .number()
      .optional()
      .describe('In place of both: from then on, until the next label. Without any time: from now on'),
    activity: z.string().max(64).nullable().optional(),
    accompanied: z.boolean().nullable().optional(),
    conversation: z.boolean().nullable().optional(),
    with: z
      .array(z.string())
      .nullable()
      .optional()
      .describe('Subjects who were there, [] for nobody else; `alongside train company` learns from it'),
  })
  .describe('At least one of activity, accompanied, conversation, with; null, or left out: not known');

/** `POST /v1/devices/:id/labels`: what is true of the wearer, for the recording of the device. */
export function addLabelsRoute(
  app: HttpApp,
  { clock, ingest }: Pick<HttpDependencies, 'clock' | 'ingest'>,
): void {
  app.post(
    '/v1/devices/:id/labels',
    {
      config: {
        scope: 'ingest',
        errors: {
          404: undefined,
          409: 'No recording of the device covers that time',
          503: UNAVAILABLE.recordings,
        },
      },
      validatorCompiler: checkAllButBody,
      schema: {
        operationId: 'labelRecording',
        summary: 'Label what is true of the wearer; the same JSON as on the topic alongside/{device}/labels',
        tags: ['recordings'],
        params: deviceParamsSchema,
        body: bodyDescription,
        response: {
          200: jsonAnswer(
            'It is in the recording, on the disk',
            z.object({ device: z.string(), kept: z.literal(true) }),
          ),
          ...problemAnswers,
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      requireOwn(request, id, 'label its own recordings');
      const payload = Buffer.from(JSON.stringify(request.body ?? null));
      const topic = `/v1/devices/${id}/labels`;
      answer(await ingest({ format: 'labels', topic, device: id, payload, receivedAtMs: clock.nowMs() }), id);
      return { device: id, kept: true as const };
    },
  );
}

/** @throws HttpProblem 503, 400 or 409 unless the label is kept */
function answer(result: IngestResult, device: DeviceId): void {
  if (result.kind === 'busy') throw unavailable('room', RETRY_AFTER_SECONDS);
  if (result.kind === 'rejected') throw new HttpProblem(400, result.detail);
  if (result.areLabelsKept) return;
  throw new HttpProblem(
    409,
    `No recording of ${device} covers that time; devices.${device}.recording=on makes the gateway record it`,
  );
}

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
