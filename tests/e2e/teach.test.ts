import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { simulatedRecordings } from '../../src/recordings/simulation/simulated-recordings.js';
import { windowsSchema } from '../helpers/api-schemas.js';
import { eventually } from '../helpers/eventually.js';
import { type RunningGateway, runCli, startGatewayIn } from '../helpers/run-cli.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { writeTinyModel } from '../helpers/tiny-model.js';
import { writeWholeRecording } from '../helpers/write-whole-recording.js';

const PEOPLE = 4;
const SECONDS = 360;

const modelsSchema = z.object({
  models: z.array(z.object({ name: z.string(), version: z.string() })),
  candidates: z.array(z.object({ name: z.string(), version: z.string() })),
});
const recordingsSchema = z.object({ recordings: z.array(z.object({ labels: z.number() })) });
const disagreementSchema = z.object({
  targets: z.array(z.object({ target: z.string(), windows: z.number(), disagreements: z.number() })),
  intervals: z.array(z.object({ model: z.string(), candidate: z.string() })),
});

/** Small enough to be trained while one waits. */
const SMALL = {
  samplingRateHz: 25,
  sizeSamples: 64,
  strideSamples: 16,
  filters: 16,
  lstmLayers: 1,
  cells: 24,
  epochs: 10,
  batchSize: 16,
  learningRate: 0.004,
  initialStd: 0.2,
  dropout: 0,
  forgetBias: 1,
  gradientClip: 1,
};

async function command(...args: readonly string[]): Promise<string> {
  const run = await runCli(args);
  expect(run.code, `${args.join(' ')}\n${run.stderr}`).toBe(0);
  return run.lines.join('\n');
}

/** Sends a simulated person at full speed. */
async function send(
  gateway: RunningGateway,
  recording: string,
  device: string,
  startMs: number,
): Promise<void> {
  const labels = device.startsWith('teacher') ? ['--labels'] : [];
  await command(
    ...[
      'replay',
      recording,
      '--device',
      device,
      '--url',
      gateway.mqtt,
      '--speed',
      'max',
      '--start',
      String(startMs),
    ],
    ...labels,
  );
}

describe('teaching a gateway', () => {
  it('records labelled phones, trains on them, and runs what was learnt without a restart', async () => {
    await using folder = await temporaryFolder();
    const [models, dataDir] = [join(folder.path, 'models'), join(folder.path, 'data')];
    // It knows nothing: everybody is alone, always.
    await writeTinyModel(
      models,
      { sizeSamples: 64, channels: 3, weight: 0, bias: -3 },
      know('accompany', 'nothing'),
    );
    await using gateway = await startGatewayIn(dataDir, [
      `models.dir=${models}`,
      'models.active=["accompany"]',
      'models.candidates=["next"]',
      'recording.default=on',
      'devices.pupil.recording=off',
    ]);
    const people = simulatedRecordings({ people: PEOPLE + 1, secondsEach: SECONDS, seed: 11 });
    const paths = people.map((_, index) => join(folder.path, `person-${index}`));
    for (const [index, person] of people.entries()) await writeWholeRecording(paths[index] ?? '', person);
    const startMs = Math.floor(Date.now() / 1000) * 1000 - SECONDS * 1000;

    for (let index = 0; index < PEOPLE; index++) {
      await send(gateway, paths[index] ?? '', `teacher-${index}`, startMs);
    }
    const { recordings } = await eventually(
      () => gateway.get('/v1/recordings', recordingsSchema),
      (answer) => answer.recordings.length === PEOPLE,
    );
    expect(recordings.every(({ labels }) => labels > 0)).toBe(true);

    const next = join(models, 'next');
    await command(
      ...[
        'train',
        'accompany',
        '--data',
        join(dataDir, 'recordings'),
        '--out',
        next,
        '--targets',
        'accompanied',
      ],
      ...[
        '--sensors',
        'accelerometer',
        '--gravity',
        'any',
        '--protocol',
        'holdout',
        '--model-version',
        'taught',
      ],
      ...Object.entries(SMALL).flatMap(([name, value]) => ['--set', `hyper.${name}=${value}`]),
    );

    // The candidate runs as soon as it is there, and sets no status.
    await eventually(
      () => gateway.get('/v1/models', modelsSchema),
      ({ candidates }) => candidates.length === 1,
    );
    const pupil = paths[PEOPLE] ?? '';
    await send(gateway, pupil, 'pupil', startMs);
    expect(await answers(gateway, startMs)).toEqual(['no']);
    const before = await eventually(
      () =>
        gateway.get(
          `/v1/models/next/disagreement?device=pupil&from=${startMs}&to=${startMs + 3_600_000}`,
          disagreementSchema,
        ),
      ({ targets }) => (targets[0]?.windows ?? 0) > 100,
    );
    expect(before.targets[0]?.disagreements).toBeGreaterThan(10);
    expect(before.intervals.every(({ model, candidate }) => model === 'no' && candidate === 'yes')).toBe(
      true,
    );

    await command('models', 'promote', 'next', '--as', 'accompany', '--dir', models);
    const promoted = await eventually(
      () => gateway.get('/v1/models', modelsSchema),
      (answer) => answer.models[0]?.version === 'taught',
    );
    expect(promoted.models).toEqual([expect.objectContaining({ name: 'accompany', version: 'taught' })]);
    const laterMs = startMs + SECONDS * 1000 + 20_000;
    await send(gateway, pupil, 'pupil', laterMs);
    expect(await answers(gateway, laterMs)).toContain('yes');

    await command('models', 'rollback', 'accompany', '--dir', models);
    const back = await eventually(
      () => gateway.get('/v1/models', modelsSchema),
      (answer) => answer.models[0]?.version === 'nothing',
    );
    expect(back.models[0]?.version).toBe('nothing');
    expect((await gateway.get('/v1/ledger', z.object({ balanced: z.boolean() }))).balanced).toBe(true);
    expect(await gateway.stop()).toBe(0);
  }, 900_000);
});

function know(name: string, version: string) {
  return { name, version, samplingRateHz: 25, sizeSamples: 64, strideSamples: 16 };
}

/** What the model in service said of the pupil's windows from a time on, once all have been stored. */
async function windowsFrom(gateway: RunningGateway, startMs: number): Promise<boolean[]> {
  const range = `from=${startMs}&to=${startMs + SECONDS * 1000 + 5000}`;
  const { windows } = await eventually(
    () => gateway.get(`/v1/devices/pupil/windows?${range}`, windowsSchema),
    (found) => found.windows.length > (SECONDS / 0.64) * 0.95,
  );
  return windows.map(({ probabilities }) => (probabilities['accompanied'] ?? 0) >= 0.5);
}

async function answers(gateway: RunningGateway, startMs: number): Promise<string[]> {
  const found = await windowsFrom(gateway, startMs);
  return [...new Set(found.map((isYes) => (isYes ? 'yes' : 'no')))].sort();
}
