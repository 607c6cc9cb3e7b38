import { z } from 'zod';
import { isSimulated, manifestSchema, targetsWithoutFilter } from '../../inference/models/manifest.js';
import { requireOwn } from '../access-guard.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../options.js';
import { jsonAnswer, problemAnswers } from '../problem.js';
import { deviceParamsSchema } from '../schemas.js';

const modelSchema = manifestSchema.meta({ id: 'Model' });

const modelsAnswerSchema = z
  .object({
    models: z.array(modelSchema),
    candidates: z.array(modelSchema).describe('They run beside those in service, to be compared'),
    simulated: z
      .array(z.string())
      .optional()
      .describe(
        'Models in service that were made on simulated people: their answers about real people mean nothing',
      ),
    withoutFilter: z
      .array(z.object({ model: z.string(), targets: z.array(z.string()) }))
      .optional()
      .describe(
        'Models in service without a learnt filter for these targets: their statuses follow track.smoothingMs, hysteresis and dwellMs',
      ),
  })
  .meta({ id: 'Models' });

/** `GET /v1/models`: the manifests of the models in service. */
export function addModelsRoute(
  app: HttpApp,
  { models, candidates }: Pick<HttpDependencies, 'models' | 'candidates'>,
): void {
  app.get(
    '/v1/models',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listModels',
        summary: 'Models in service, each with its manifest',
        tags: ['models'],
        response: { 200: jsonAnswer('The models', modelsAnswerSchema), ...problemAnswers },
      },
    },
    () => {
      const simulated = models()
        .filter(isSimulated)
        .map(({ name }) => name);
      const withoutFilter = models()
        .map((manifest) => ({ model: manifest.name, targets: targetsWithoutFilter(manifest) }))
        .filter(({ targets }) => targets.length > 0);
      return {
        models: [...models()],
        candidates: [...candidates()],
        ...(simulated.length > 0 && { simulated }),
        ...(withoutFilter.length > 0 && { withoutFilter }),
      };
    },
  );
}

const recordingSchema = z
  .object({
    id: z.string(),
    device: z.string(),
    subject: z.string(),
    startMs: z.number().describe('Epoch milliseconds'),
    endMs: z.number().nullable().describe('Of the last sample; null while it is being written'),
    sensors: z.array(z.string()),
    labels: z.int().nonnegative().describe('How many stretches of time have a label'),
    bytes: z.int().nonnegative(),
  })
  .meta({ id: 'Recording' });

const recordingsAnswerSchema = z
  .object({ recordings: z.array(recordingSchema), bytes: z.int().nonnegative().describe('Of all together') })
  .meta({ id: 'Recordings' });

const deviceRecordingSchema = z
  .object({
    device: z.string(),
    recording: z.boolean().describe('false: its samples and labels are not kept'),
  })
  .meta({ id: 'DeviceRecording' });

/** `GET /v1/recordings`: the recordings that the gateway has made, and is making; and whether a device is recorded. */
export function addRecordingsRoutes(
  app: HttpApp,
  { recordings, isRecorded }: Pick<HttpDependencies, 'recordings' | 'isRecorded'>,
): void {
  app.get(
    '/v1/devices/:id/recording',
    {
      config: { scope: 'ingest', errors: { 404: undefined } },
      schema: {
        operationId: 'getDeviceRecording',
        summary: 'Whether the gateway records what a device sends, and so keeps its labels',
        tags: ['recordings'],
        params: deviceParamsSchema,
        response: { 200: jsonAnswer('Whether it does', deviceRecordingSchema), ...problemAnswers },
      },
    },
    (request) => {
      const { id } = request.params;
      requireOwn(request, id, 'ask for its own recordings');
      return { device: id, recording: isRecorded(id) };
    },
  );

  app.get(
    '/v1/recordings',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listRecordings',
        summary: 'Labelled recordings below dataDir/recordings, in alphabetical order',
        tags: ['recordings'],
        response: { 200: jsonAnswer('The recordings', recordingsAnswerSchema), ...problemAnswers },
      },
    },
    async () => {
      const list = (await recordings()).map(({ header, bytes }) => ({
        id: header.id,
        device: header.device,
        subject: header.subject,
        startMs: Date.parse(header.start),
        endMs: header.end === undefined ? null : Date.parse(header.end),
        sensors: Object.keys(header.sensors),
        labels: header.labels.length,
        bytes,
      }));
      return { recordings: list, bytes: list.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
  );
}
