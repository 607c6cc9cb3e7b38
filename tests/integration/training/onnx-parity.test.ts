import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { readModelFolder } from '../../../src/inference/models/model-folder.js';
import { normalisedWindows } from '../../../src/training/motion/data/normalisation.js';
import { allWindows } from '../../../src/training/motion/folds/protocols.js';
import { hyperParametersSchema } from '../../../src/training/motion/network/hyper-parameters.js';
import { createLayersEngine } from '../../../src/training/motion/network/layers-engine.js';
import { createOnnxEngine } from '../../../src/training/motion/network/onnx-engine.js';
import { trainNetwork } from '../../../src/training/motion/run/train-network.js';
import { writeTrainedModel } from '../../../src/training/motion/write-model.js';
import { toyDataSet } from '../../helpers/data-sets.js';
import { largestDifference } from '../../helpers/networks.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const BATCH = 100;
const SMALL = {
  windows: 1000,
  sizeSamples: 16,
  filters: 6,
  cells: 8,
  epochs: 1,
  learningRate: 0.01,
  batchSize: 32,
};

/** Of the paper's network, which costs 300 times as much a window as the small ones. */
const PAPER = { windows: 200, sizeSamples: 128, filters: 64, cells: 128, batchSize: 64 };

/** Every option that changes the network or how windows become its input. */
const OPTIONS: readonly [name: string, settings: object][] = [
  ['the paper’s layers and sizes', PAPER],
  ['no convolution', { convolutions: 0 }],
  ['one convolution', { convolutions: 1 }],
  ['wide kernel', { kernelSamples: 9 }],
  ['kernel of one', { kernelSamples: 1 }],
  ['one LSTM layer', { lstmLayers: 1 }],
  ['three LSTM layers', { lstmLayers: 3 }],
  ['readout of the mean', { readout: 'mean' }],
  ['centred windows', { centre: 'window' }],
  ['compressed movements', { centre: 'window', compression: 0.1 }],
  ['forget bias and wide start', { forgetBias: 1, initialStd: 0.5 }],
  ['averaged weights', { weightAveraging: 0.9 }],
  ['auxiliary head that is dropped', { activityWeight: 0.5 }],
];

describe('an exported model', { timeout: 300_000 }, () => {
  it.each(OPTIONS)('equals the trained network within 1e-4 on every window: %s', async (_, settings) => {
    const { windows, ...chosen } = { ...SMALL, ...settings };
    const hyper = hyperParametersSchema.parse(chosen);
    const toy = toyDataSet({ subjects: 4, windowsEach: windows / 4, sizeSamples: hyper.sizeSamples });
    const activity = { name: 'activity', classes: ['lying', 'sitting', 'walking'] };
    const dataSet =
      hyper.activityWeight === 0
        ? toy
        : {
            ...toy,
            heads: [...toy.heads, activity],
            labels: new Map([...toy.labels, ['activity', Int8Array.from(allWindows(toy), (at) => at % 3)]]),
          };
    const targets = ['conversation'];
    const network = await trainNetwork(
      { dataSet, train: allWindows(dataSet).slice(0, 2 * hyper.batchSize), validation: [], targets, hyper },
      {
        createEngine: createOnnxEngine,
        threads: 1,
        signal: new AbortController().signal,
        onProgress: () => undefined,
      },
    );
    const { spec, parameters, normalisation } = network;
    const inputs = normalisedWindows(dataSet, allWindows(dataSet), normalisation);
    await using reference = await createLayersEngine(
      { spec, batchSize: 1, dropout: false, frozen: [], threads: 1 },
      'wasm',
    );
    const expected = (await reference.predict(inputs, parameters)).get('conversation') ?? [];

    await using folder = await temporaryFolder();
    await writeTrainedModel(folder.path, { network, measurements: [] }, dataSet, hyper, {
      name: 'parity',
      version: '1',
      gravity: 'included',
      placement: 'any',
      targets,
      text: { summary: '', data: '', licence: '', limits: [] },
      trainedAt: '2026-01-01T00:00:00.000Z',
      command: undefined,
    });
    const { manifest, files } = await readModelFolder(folder.path);
    if (manifest.kind !== 'sequence') throw new Error('no sequence model');
    const served = normalisedWindows(dataSet, allWindows(dataSet), manifest);
    const actual = await runModel(files.get('model.onnx') ?? new Uint8Array(), served, spec.sizeSamples);
    expect(actual).toHaveLength(windows * 2);
    expect(new Set(actual).size).toBeGreaterThan(windows / 10);
    expect(largestDifference(actual, expected)).toBeLessThan(1e-4);
  });
});

async function runModel(model: Uint8Array, windows: Float32Array, sizeSamples: number): Promise<number[]> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const length = sizeSamples * 3;
  const told: number[] = [];
  for (let from = 0; from < windows.length / length; from += BATCH) {
    const values = windows.slice(from * length, (from + BATCH) * length);
    const outputs = await session.run({ window: new Tensor('float32', values, [BATCH, sizeSamples, 3]) });
    const data = outputs['conversation']?.data;
    if (!(data instanceof Float32Array)) throw new Error('no float32 output');
    told.push(...data);
  }
  await session.release();
  return told;
}
