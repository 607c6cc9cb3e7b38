import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTrainCommand } from '../../../src/cli/train/train.js';
import type { Recording } from '../../../src/domain/recording.js';
import { readModelFolder, sha256Of } from '../../../src/inference/models/model-folder.js';
import { simulatedRecordings } from '../../../src/recordings/simulation/simulated-recordings.js';
import { decodeModel } from '../../../src/training/onnx/decode-model.js';
import { cliContext } from '../../helpers/cli-context.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { writeWholeRecording } from '../../helpers/write-whole-recording.js';

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
  readout: 'mean',
};
const QUICK = { epochs: 10, batchSize: 16, learningRate: 0.003, dropout: 0 };

/** Another way to carry the phone: its axes change places. */
function wornOtherwise({ sensors, ...recording }: Recording): Recording {
  return {
    ...recording,
    sensors: sensors.map((sensor) => {
      const { values } = sensor.samples;
      const turned = values.map(
        (_, at) => (at % 3 === 0 ? -1 : 1) * (values[at - (at % 3) + ((at + 1) % 3)] ?? 0),
      );
      return { ...sensor, samples: { ...sensor.samples, values: turned } };
    }),
  };
}

async function train(settings: object, ...args: string[]): Promise<ReturnType<typeof cliContext>> {
  const context = cliContext();
  const command = createTrainCommand(context);
  for (const each of [command, ...command.commands]) {
    each.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  const sets = Object.entries(settings).flatMap(([name, value]) => ['--set', `hyper.${name}=${value}`]);
  await command.parseAsync(['accompany', ...sets, '--workers', '1', ...args], { from: 'user' });
  return context;
}

async function write(folder: string, recordings: readonly Recording[]): Promise<string> {
  for (const recording of recordings) await writeWholeRecording(join(folder, recording.id), recording);
  return folder;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let source: string;
let base: string;
let other: string;
let person: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  source = join(folder.path, 'source');
  const people = (first: number, seed: number): Recording[] =>
    simulatedRecordings({ people: 4, firstPerson: first, secondsEach: 600, seed });
  await train(
    SMALL,
    '--data',
    await write(join(folder.path, 'old'), people(0, 1)),
    '--out',
    source,
    '--protocol',
    'none',
  );
  base = await write(join(folder.path, 'base'), people(4, 1).slice(0, 2));
  const strangers = people(0, 2).map(wornOtherwise);
  other = await write(join(folder.path, 'other'), strangers);
  person = await write(join(folder.path, 'person'), strangers.slice(0, 1));
}, 300_000);

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

describe('alongside train accompany --from', () => {
  it('is better on new people than the model was, and says what it lost on the old ones', async () => {
    const out = join(folder.path, 'adapted');
    const context = await train(
      QUICK,
      ...['--from', source, '--data', other, '--base-data', base, '--out', out, '--json'],
    );
    const { adaptation } = JSON.parse(context.lines.at(-1) ?? '');
    for (const target of ['accompanied', 'conversation']) {
      const { before, after } = adaptation.figures.new.targets[target];
      expect(after.balancedAccuracy).toBeGreaterThanOrEqual(before.balancedAccuracy);
      expect(adaptation.figures.base.targets[target].before.balancedAccuracy).toBeGreaterThan(0.7);
    }
    const { new: fresh } = adaptation.figures;
    const mean = (when: string): number =>
      (fresh.targets.accompanied[when].balancedAccuracy + fresh.targets.conversation[when].balancedAccuracy) /
      2;
    expect(mean('after')).toBeGreaterThan(mean('before'));
    expect(context.notes.join('\n')).toMatch(/conversation, base: .*, after: balanced accuracy 0\.\d+/);
    const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'));
    expect(report.adaptation).toEqual(adaptation);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('Before and after');
    const card = await readFile(join(out, 'README.md'), 'utf8');
    expect(card).toContain('Adapted from source');
    expect(card).toContain('| before |');
  }, 300_000);

  it('keeps what the model takes and gives, and the frozen convolutions', async () => {
    const out = join(folder.path, 'kept');
    await train({ ...QUICK, epochs: 1 }, '--from', source, '--data', other, '--out', out);
    const before = await readModelFolder(source);
    const after = await readModelFolder(out);
    const { name, version, sha256, provenance, ...kept } = before.manifest;
    expect(after.manifest).toMatchObject(kept);
    expect(after.manifest.provenance.command).toContain('--from source --freeze convolution');
    expect(after.manifest.provenance.licence).toContain(`${provenance.licence} (of ${name})`);
    expect(after.manifest.provenance.data).toContain(`Adapted from ${name} ${version}`);
    const weights = (of: typeof before, tensor: string): unknown =>
      decodeModel(of.files.get('model.onnx') ?? new Uint8Array()).graph.initialisers.get(tensor);
    expect(weights(after, 'conv2.kernel')).toEqual(weights(before, 'conv2.kernel'));
    expect(weights(after, 'lstm1.kernel')).not.toEqual(weights(before, 'lstm1.kernel'));
  }, 300_000);

  it('learns one person, with normalisation estimated again and nothing frozen', async () => {
    const out = join(folder.path, 'mine');
    const args = ['--from', source, '--data', person, '--out', out, '--renormalise', '--freeze', 'none'];
    const context = await train({ ...QUICK, epochs: 1 }, ...args, '--json');
    const { adaptation } = JSON.parse(context.lines.at(-1) ?? '');
    expect(adaptation.figures.new.description).toMatch(/last 25 % of each answer/);
    const { manifest } = await readModelFolder(out);
    const { manifest: old } = await readModelFolder(source);
    expect(manifest.mean).not.toEqual(old.mean);
    expect(adaptation).toMatchObject({ renormalise: true, frozen: [], from: { sha256: old.sha256 } });
  }, 300_000);

  it.each([
    ['an unknown model', ['--from', 'nobody'], 'MODEL_INVALID', /nobody.manifest\.json cannot be read/],
    ['other targets', ['--targets', 'conversation'], 'USAGE', /--targets cannot be used with --from/],
    ['another network', ['--set', 'hyper.cells=5'], 'USAGE', /has cells 24, which stays/],
    ['nothing to learn', ['--freeze', 'convolution,lstm,head'], 'USAGE', /nothing is left to learn/],
    [
      'an unknown block',
      ['--freeze', 'roof'],
      'commander.invalidArgument',
      /none of convolution, lstm, head/,
    ],
  ])('refuses %s', async (_, args, code, message) => {
    const training = train({}, '--from', source, '--data', person, '--out', join(folder.path, 'no'), ...args);
    await expect(training).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  const [stranger] = simulatedRecordings({ people: 1, secondsEach: 120, seed: 3 });
  it.each([
    ['lack a sensor', { sensors: stranger?.sensors.slice(0, 1) }, /has no gyroscope, magnetometer/],
    [
      'tell something else',
      { labels: labelled(null) },
      /no window has a label for "accompanied" or "conversation"/,
    ],
    ['know one answer only', { labels: labelled(true) }, /only "yes" occurs for "accompanied"/],
  ])('refuses recordings that %s', async (title, overrides, message) => {
    if (stranger === undefined) throw new Error('nobody was simulated');
    const data = await write(join(folder.path, title), [{ ...stranger, ...overrides } as Recording]);
    const training = train({}, '--from', source, '--data', data, '--out', join(folder.path, 'no'));
    await expect(training).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringMatching(message),
    });
  });

  it('refuses a tf.layers model, and a file that is not what its hash says', async () => {
    const broken = join(folder.path, 'broken');
    await cp(source, broken, { recursive: true });
    await writeFile(join(broken, 'model.onnx'), 'no model');
    const from = (path: string): Promise<unknown> =>
      train({}, '--from', path, '--data', person, '--out', join(folder.path, 'no'));
    await expect(from(broken)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    const layers = join(folder.path, 'layers');
    await cp(source, layers, { recursive: true });
    const { manifest } = await readModelFolder(source);
    await writeFile(
      join(layers, 'model.json'),
      JSON.stringify({ format: 'layers-model', modelTopology: {}, weightsManifest: [] }),
    );
    const sha256 = sha256Of(await readFile(join(layers, 'model.json')));
    await writeFile(
      join(layers, 'manifest.json'),
      JSON.stringify({ ...manifest, file: 'model.json', sha256 }),
    );
    await expect(from(layers)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('tf.layers'),
    });
  });
});

function labelled(value: boolean | null): Recording['labels'] {
  return [{ fromMs: 0, toMs: 120_000, activity: 'walking', accompanied: value, conversation: value }];
}
