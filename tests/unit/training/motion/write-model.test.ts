import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModelFolder } from '../../../../src/inference/models/model-folder.js';
import { fitNormalisation } from '../../../../src/training/motion/data/normalisation.js';
import { trackedFigures } from '../../../../src/training/motion/figures/tracked-figures.js';
import { figuresOf } from '../../../../src/training/motion/folds/cross-validate.js';
import { allWindows, splitsOf } from '../../../../src/training/motion/folds/protocols.js';
import { hyperParametersSchema } from '../../../../src/training/motion/network/hyper-parameters.js';
import { networkSpecOf } from '../../../../src/training/motion/run/train-network.js';
import type { Measurement, TrainedModel } from '../../../../src/training/motion/train-model.js';
import { writeTrainedModel } from '../../../../src/training/motion/write-model.js';
import { decodeModel } from '../../../../src/training/onnx/decode-model.js';
import { toyDataSet } from '../../../helpers/data-sets.js';
import { randomParameters } from '../../../helpers/networks.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const dataSet = toyDataSet({ subjects: 3, windowsEach: 10 });
const hyper = hyperParametersSchema.parse({
  sizeSamples: 12,
  strideSamples: 6,
  filters: 4,
  cells: 5,
  epochs: 7,
});
const folds = splitsOf(dataSet, 'loso', { folds: 3, testShare: 0.25, seed: 1 });

/** Everybody is said to be silent. */
function measurement(protocol: 'loso' | 'random', leaky: boolean, completedFolds = 3): Measurement {
  const results = folds.slice(0, completedFolds).map(({ name, test }) => ({
    name,
    test,
    probabilities: new Map([['conversation', Float32Array.from(test.flatMap(() => [0.9, 0.1]))]]),
    history: [],
    bestEpoch: 1,
  }));
  const figures = new Map([['conversation', figuresOf(dataSet, 'conversation', folds, results)]]);
  return {
    protocol,
    name: protocol,
    description: `the ${protocol} way`,
    leaky,
    folds: 3,
    completedFolds,
    figures,
    tracked: new Map(),
    histories: [],
    baselines: new Map([['svm', figures]]),
  };
}

function model(measurements: readonly Measurement[]): TrainedModel {
  const spec = networkSpecOf(dataSet, hyper);
  return {
    network: {
      spec,
      parameters: randomParameters(spec, 1),
      normalisation: fitNormalisation(dataSet, allWindows(dataSet), { centre: 'window', compression: 0.1 }),
      history: [],
      bestEpoch: 7,
    },
    measurements,
  };
}

async function written(measurements: readonly Measurement[]) {
  await using folder = await temporaryFolder();
  await writeTrainedModel(folder.path, model(measurements), dataSet, hyper, {
    name: 'toy',
    version: '2.0.0',
    gravity: 'included',
    placement: 'chest',
    targets: ['conversation'],
    text: { summary: 'A toy.', data: 'Made up.', licence: 'Apache-2.0', limits: ['Knows nothing.'] },
    trainedAt: '2024-01-01T00:00:00.000Z',
    command: 'alongside train',
  });
  const { manifest, files } = await readModelFolder(folder.path);
  const card = await readFile(join(folder.path, 'README.md'), 'utf8');
  return { manifest, card, onnx: decodeModel(files.get('model.onnx') ?? new Uint8Array()) };
}

describe('writeTrainedModel', () => {
  it('writes the filter that the first honest protocol taught, and none without', async () => {
    const filter = {
      calibration: [0, 0].map((bias) => ({ slope: 1, bias })),
      shares: [0.5, 0.5],
      meanDurationMs: 600_000,
      independentMs: 40_000,
      certainty: [0.9, 0.6],
    };
    const figures = trackedFigures([]);
    const tracked = { figures, filtered: figures, recordings: [], filter };
    const learnt = { ...measurement('loso', false), tracked: new Map([['conversation', tracked]]) };
    const { manifest, card } = await written([measurement('random', true), learnt]);
    expect(manifest).toMatchObject({ targets: [{ filter }] });
    expect(card).toContain("by the model's own filter");
    const without = (await written([measurement('loso', false)])).manifest;
    expect(without).toMatchObject({ targets: [{ name: 'conversation' }] });
    expect(JSON.stringify(without)).not.toContain('"filter"');
  });

  it('writes a folder that fits its manifest', async () => {
    const { manifest, onnx } = await written([measurement('loso', false)]);
    expect(manifest).toMatchObject({
      kind: 'sequence',
      name: 'toy',
      version: '2.0.0',
      sizeSamples: 12,
      strideSamples: 6,
      centre: 'window',
      knee: [expect.any(Number), expect.any(Number), expect.any(Number)],
      channels: dataSet.channels,
      targets: [{ name: 'conversation', output: 'conversation', classes: ['no', 'yes'] }],
    });
    expect(onnx.graph.inputs).toEqual([{ name: 'window', type: 'float32', dims: ['batch', 12, 3] }]);
    expect(onnx.graph.outputs).toEqual([{ name: 'conversation', type: 'float32', dims: ['batch', 2] }]);
    expect(onnx.metadata).toEqual({ name: 'toy', version: '2.0.0' });
  });

  it('keeps the figures of the first protocol apart from those of the others', async () => {
    const { manifest } = await written([measurement('loso', false), measurement('random', true)]);
    expect(manifest.provenance.metrics).toHaveProperty(['conversation.balancedAccuracy']);
    expect(manifest.provenance.metrics).toHaveProperty(['random.conversation.balancedAccuracy']);
    expect(manifest.provenance.protocol).toBe(
      'the loso way; names that start with "random.": the random way',
    );
  });

  it('writes a card that says what was measured and warns of leaky figures', async () => {
    const { card } = await written([measurement('loso', false), measurement('random', true)]);
    for (const text of [
      '# toy 2.0.0',
      'A toy.',
      'Made up.',
      'Knows nothing.',
      'the loso way',
      'the random way',
    ]) {
      expect(card).toContain(text);
    }
    expect(card).toMatch(/Neighbouring windows overlap/);
    for (const method of ['**CNN-LSTM**', 'SVM on window features', 'majority vote']) {
      expect(card).toContain(`| the loso way | ${method} | 0.`);
    }
    expect(card).toContain('s1 0.');
    expect(card).toContain('Placement of the sensor: chest');
    expect(card).toMatch(/Verdict: .* the best baseline, .* 3 people are not enough/);
    expect(card).toMatch(/Chosen: .*epochs 7/);
  });

  it('says what was not measured, or not to the end', async () => {
    expect((await written([])).card).toContain('It was not measured.');
    expect((await written([])).manifest.provenance.protocol).toBe('not measured');
    expect((await written([measurement('loso', false, 2)])).card).toContain('stopped after 2 of 3');
    expect((await written([measurement('loso', false)])).card).not.toMatch(/Neighbouring windows overlap/);
  });
});
