import { describe, expect, it } from 'vitest';
import type {
  EngineOptions,
  TrainingBatch,
  TrainingEngine,
} from '../../../../../src/training/motion/network/engine.js';
import { createLayersEngine } from '../../../../../src/training/motion/network/layers-engine.js';
import {
  blockOf,
  isLearnt,
  lstmSteps,
  type NetworkSpec,
  parameterSpecs,
  viewOf,
} from '../../../../../src/training/motion/network/network.js';
import { createOnnxEngine } from '../../../../../src/training/motion/network/onnx-engine.js';
import { spectraFeatureCount } from '../../../../../src/training/motion/network/spectra.js';
import { createRandom } from '../../../../../src/training/random.js';
import {
  largestDifference,
  randomNormal,
  randomParameters,
  smallNetwork,
} from '../../../../helpers/networks.js';

const BATCH = 5;

const networks: readonly [name: string, spec: NetworkSpec, dropout: boolean][] = [
  ['the paper’s layers', smallNetwork(), true],
  ['without dropout', smallNetwork(), false],
  ['one layer of each', smallNetwork({ convolutions: 1, lstmLayers: 1 }), true],
  ['mean of all steps', smallNetwork({ readout: 'mean' }), true],
  ['means of three steps', smallNetwork({ poolSamples: 3, sizeSamples: 12 }), true],
  ['no convolution', smallNetwork({ convolutions: 0 }), true],
  ['three LSTM layers, wide kernel', smallNetwork({ lstmLayers: 3, kernelSamples: 7 }), false],
  [
    'a head with five classes',
    smallNetwork({ heads: [{ name: 'activity', classes: ['a', 'b', 'c', 'd', 'e'] }] }),
    true,
  ],
];

describe('training engines', () => {
  it.each(networks)('agree on loss and gradients within 1e-3: %s', async (_, spec, dropout) => {
    const options: EngineOptions = { spec, batchSize: BATCH, dropout, frozen: [], threads: 1 };
    await using onnx = await createOnnxEngine(options);
    await using layers = await createLayersEngine(options, 'wasm');
    const parameters = randomParameters(spec, 3);
    const batch = randomBatch(spec, dropout);
    const fast = await onnx.step(batch, parameters);
    const gradients = fast.gradients.slice();
    const reference = await layers.step(batch, parameters);
    expect(fast.loss).toBeCloseTo(reference.loss, 4);
    for (const parameter of parameterSpecs(spec)) {
      const expected = viewOf(reference.gradients, parameter);
      expect(largest(expected), parameter.name).toBeGreaterThan(0);
      expect(largestDifference(viewOf(gradients, parameter), expected), parameter.name).toBeLessThan(1e-3);
    }
  });

  it('leave frozen blocks without gradient and the others as they were', async () => {
    const spec = smallNetwork();
    const options: EngineOptions = { spec, batchSize: BATCH, dropout: false, frozen: [], threads: 1 };
    await using all = await createOnnxEngine(options);
    await using some = await createOnnxEngine({ ...options, frozen: ['convolution'] });
    const parameters = randomParameters(spec, 4);
    const batch = randomBatch(spec, false);
    const full = (await all.step(batch, parameters)).gradients;
    const partial = (await some.step(batch, parameters)).gradients;
    for (const parameter of parameterSpecs(spec)) {
      const expected = viewOf(full, parameter);
      const actual = viewOf(partial, parameter);
      if (blockOf(parameter) === 'convolution') expect(largest(actual), parameter.name).toBe(0);
      else expect(largestDifference(actual, expected), parameter.name).toBeLessThan(1e-6);
    }
  });

  it('have the slopes of their loss where one of them looks at spectra, and leave what was measured', async () => {
    const spec = smallNetwork({ sizeSamples: 16, spectra: { segmentSamples: 8, units: 5 } });
    const options: EngineOptions = { spec, batchSize: BATCH, dropout: true, frozen: [], threads: 1 };
    await using onnx = await createOnnxEngine(options);
    const parameters = randomParameters(spec, 6);
    const batch = randomBatch(spec, true);
    const gradients = (await onnx.step(batch, parameters)).gradients.slice();
    for (const parameter of parameterSpecs(spec)) {
      const values = viewOf(gradients, parameter);
      if (!isLearnt(parameter)) {
        expect(largest(values), parameter.name).toBe(0);
        continue;
      }
      const at = values.findIndex((value) => Math.abs(value) === largest(values));
      const slope = await slopeAt(onnx, batch, parameters, parameter.offset + at);
      expect(Math.abs((values[at] ?? 0) - slope), parameter.name).toBeLessThan(0.02 * Math.abs(slope) + 1e-3);
    }
  });

  it('of tf.layers refuse spectra, and say what to do', async () => {
    const spec = smallNetwork({ spectra: { segmentSamples: 4, units: 3 } });
    const options: EngineOptions = { spec, batchSize: BATCH, dropout: false, frozen: [], threads: 1 };
    await expect(createLayersEngine(options, 'wasm')).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringContaining('hyper.spectraSamples'),
    });
  });

  it('agree on predictions within 1e-4, also for an odd number of windows', async () => {
    const spec = smallNetwork();
    const options: EngineOptions = { spec, batchSize: BATCH, dropout: false, frozen: [], threads: 1 };
    await using onnx = await createOnnxEngine(options);
    await using layers = await createLayersEngine(options, 'wasm');
    const parameters = randomParameters(spec, 5, 0.6);
    const windows = randomNormal(131 * spec.sizeSamples * spec.channels, 5);
    const fast = await onnx.predict(windows, parameters);
    const reference = await layers.predict(windows, parameters);
    for (const { name } of spec.heads) {
      const values = fast.get(name) ?? [];
      expect(values).toHaveLength(131 * 2);
      expect(new Set(values).size).toBeGreaterThan(100);
      expect(largestDifference(values, reference.get(name) ?? [])).toBeLessThan(1e-4);
    }
  });
});

/** Labels of some windows are not known. */
function randomBatch(spec: NetworkSpec, dropout: boolean): TrainingBatch {
  const random = createRandom(8);
  const { spectra } = spec;
  const features = spec.convolutions > 0 ? spec.filters : spec.channels;
  const labels = spec.heads.map(({ name, classes }): [string, Float32Array] => {
    const rows = new Float32Array(BATCH * classes.length);
    for (let row = 1; row < BATCH; row++) rows[row * classes.length + random.below(classes.length)] = 0.5;
    return [name, rows];
  });
  return {
    windows: randomNormal(BATCH * spec.sizeSamples * spec.channels, 9),
    labels: new Map(labels),
    dropout: dropout
      ? Float32Array.from({ length: lstmSteps(spec) * BATCH * features }, () =>
          random.uniform() < 0.5 ? 0 : 2,
        )
      : undefined,
    spectraDropout:
      dropout && spectra !== undefined
        ? Float32Array.from({ length: BATCH * spectraFeatureCount({ ...spec, spectra }) }, () =>
            random.uniform() < 0.5 ? 0 : 2,
          )
        : undefined,
  };
}

/** How much the loss changes with one parameter, from two steps beside each other. */
async function slopeAt(
  engine: TrainingEngine,
  batch: TrainingBatch,
  parameters: Float32Array,
  at: number,
): Promise<number> {
  const step = 5e-3;
  const lossWith = async (change: number): Promise<number> => {
    const moved = parameters.slice();
    moved[at] = (moved[at] ?? 0) + change;
    return (await engine.step(batch, moved)).loss;
  };
  return ((await lossWith(step)) - (await lossWith(-step))) / (2 * step);
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
