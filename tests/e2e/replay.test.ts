import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { SequenceManifest } from '../../src/inference/models/manifest.js';
import { readModelFolder } from '../../src/inference/models/model-folder.js';
import { prepareInput } from '../../src/inference/models/prepare-input.js';
import { ledgerSchema, timelineSchema, windowsSchema } from '../helpers/api-schemas.js';
import { eventually, PATIENCE_MS } from '../helpers/eventually.js';
import { lastJson, type RunningGateway, runCli, startGatewayProcess } from '../helpers/run-cli.js';
import { describeWithShared } from '../helpers/shared-data.js';
import { startInfluxd } from '../helpers/start-influxd.js';
import { startMosquitto } from '../helpers/start-mosquitto.js';

const lineSchema = z.object({
  startMs: z.number(),
  endMs: z.number(),
  coverage: z.number(),
  meanDeltaMs: z.number(),
  maxDeltaMs: z.number(),
  channels: z.array(z.string()),
  data: z.array(z.array(z.number().nullable())),
});
type WindowLine = z.infer<typeof lineSchema>;

const replaySchema = z.object({
  messages: z.number(),
  samples: z.number(),
  timelines: z.record(z.string(), timelineSchema.shape.intervals).optional(),
  labels: z
    .record(z.string(), z.array(z.object({ fromMs: z.number(), toMs: z.number(), status: z.string() })))
    .optional(),
});

const START_MS = Date.parse('2026-03-01T10:00:00Z');
/** An hour of motion is work, not only a wait. */
const REPLAYED_WITHIN_MS = 3 * PATIENCE_MS;

/** Models of studies, which are not shipped. */
const STUDIES = 'tests/bench/models';

async function windowLines(recording: string, model: string, folder: string): Promise<WindowLine[]> {
  const run = await runCli([
    ...['windows', recording, '--model', model, '--models-dir', folder],
    ...['--start', String(START_MS)],
  ]);
  expect(run.code).toBe(0);
  return run.lines.map((line) => lineSchema.parse(JSON.parse(line)));
}

/** Runs the model on a printed window with nothing of the gateway but its normalisation. */
async function probabilityOf(
  session: InferenceSession,
  manifest: SequenceManifest,
  line: WindowLine,
): Promise<number[]> {
  const values = Float32Array.from(line.data.flat(), (value) => value ?? Number.NaN);
  const input = new Float32Array(values.length);
  prepareInput({ values, gravityToRemove: undefined }, manifest, input, 0);
  const dims = [1, manifest.sizeSamples, manifest.channels.length];
  const outputs = await session.run({ [manifest.input]: new Tensor('float32', input, dims) });
  return manifest.targets.map(({ output }) => Number(outputs[output]?.data[1]));
}

async function storedWindows(gateway: RunningGateway, device: string, due: number) {
  const ledger = await eventually(
    () => gateway.get('/v1/ledger', ledgerSchema),
    ({ windows }) => windows.due >= due && windows.pending === 0,
    REPLAYED_WITHIN_MS,
  );
  expect(ledger.balanced).toBe(true);
  const range = `from=${START_MS}&to=${START_MS + 4 * 3_600_000}`;
  return (await gateway.get(`/v1/devices/${device}/windows?${range}`, windowsSchema)).windows;
}

describeWithShared('alongside replay through mosquitto into InfluxDB', 'data', (data) => {
  it.each([
    ['phone-streams/phyphox-mlqs-walking', 'accompany-demo'],
    ['phone-streams/sensor-kinetics-dormitory-f-158-54-36', 'accompany-demo'],
    ['phone-streams/sensor-logger-standing', 'accompany-demo'],
    ['casale-chest/subject-03', 'conversation-casale', STUDIES],
  ])(
    'stores exactly the windows that alongside windows prints: %s',
    async (recording, model, folder = 'models') => {
      const path = join(data, recording);
      await using broker = await startMosquitto();
      await using influxd = await startInfluxd();
      await using gateway = await startGatewayProcess([
        'mqtt.embedded=false',
        `mqtt.url=${broker.url}`,
        'store.type=influxdb',
        `store.influxdb.url=${influxd.url}`,
        `models.dir=${folder}`,
        `models.active=[${model}]`,
      ]);
      await eventually(
        () => gateway.get('/health/ready', z.object({ ready: z.boolean() })),
        ({ ready }) => ready,
      );
      const lines = await windowLines(path, model, folder);
      expect(lines.length).toBeGreaterThan(20);

      const run = await runCli([
        'replay',
        path,
        '--device',
        'phone',
        '--url',
        broker.url,
        '--speed',
        'max',
        '--start',
        String(START_MS),
        '--json',
      ]);
      expect(lastJson(run, replaySchema).messages).toBeGreaterThan(50);
      const stored = await storedWindows(gateway, 'phone', lines.length);

      const shapeOf = ({
        startMs,
        endMs,
        coverage,
        meanDeltaMs,
        maxDeltaMs,
      }: (typeof stored)[number] | WindowLine) => ({
        startMs,
        endMs,
        coverage,
        meanDeltaMs,
        maxDeltaMs,
      });
      expect(stored.map(shapeOf)).toEqual(lines.map(shapeOf));

      const { manifest, modelPath } = await readModelFolder(join(folder, model));
      if (manifest.kind !== 'sequence') throw new Error(`${model} is no sequence model`);
      const session = await InferenceSession.create(modelPath);
      for (const index of [0, Math.floor(lines.length / 2), lines.length - 1]) {
        const line = lines[index];
        if (line === undefined) throw new Error('no such window');
        const expected = await probabilityOf(session, manifest, line);
        const actual = manifest.targets.map(({ name }) => stored[index]?.probabilities[name] ?? Number.NaN);
        for (const [target, value] of actual.entries())
          expect(value).toBeCloseTo(expected[target] ?? Number.NaN, 4);
      }
    },
  );

  it('lays the timeline of a casale recording beside its labels', async () => {
    await using broker = await startMosquitto();
    await using gateway = await startGatewayProcess([
      'mqtt.embedded=false',
      `mqtt.url=${broker.url}`,
      `models.dir=${STUDIES}`,
      'models.active=[conversation-casale]',
    ]);
    await eventually(
      () => gateway.get('/health/ready', z.object({ ready: z.boolean() })),
      ({ ready }) => ready,
    );
    const path = join(data, 'casale-chest/subject-01');
    const run = await runCli([
      'replay',
      path,
      '--device',
      'chest',
      '--url',
      broker.url,
      '--speed',
      'max',
      '--http',
      gateway.http,
      '--json',
    ]);
    const { timelines, labels } = lastJson(run, replaySchema);
    const said = timelines?.['conversation'] ?? [];
    expect(said.length).toBeGreaterThan(0);
    expect(said.at(-1)?.toMs).toBeGreaterThan(labels?.['conversation']?.at(0)?.fromMs ?? Number.NaN);
    expect(labels?.['conversation']?.some(({ status }) => status === 'yes')).toBe(true);
    expect((await gateway.get('/v1/ledger', ledgerSchema)).balanced).toBe(true);
  });
});
