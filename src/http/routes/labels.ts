import { z } from 'zod';
import type { DeviceId } from '../../domain/ids.js';
import { requireOwn } from '../access-guard.js';
import type { HttpDependencies, IngestResult } from '../dependencies.js';
import type { HttpApp } from '../options.js';
import { HttpProblem, jsonAnswer, problemAnswers } from '../problem.js';
import { UNAVAILABLE, unavailable } from '../problem-of.js';
import { checkAllButBody, deviceParamsSchema } from '../schemas.js';

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
