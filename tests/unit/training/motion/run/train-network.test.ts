import { describe, expect, it } from 'vitest';
import { normalisedWindows } from '../../../../../src/training/motion/data/normalisation.js';
import { scoreWindows } from '../../../../../src/training/motion/folds/cross-validate.js';
import { splitsOf } from '../../../../../src/training/motion/folds/protocols.js';
import { hyperParametersSchema } from '../../../../../src/training/motion/network/hyper-parameters.js';
import { isLearnt, parameterSpecs, viewOf } from '../../../../../src/training/motion/network/network.js';
import { createOnnxEngine } from '../../../../../src/training/motion/network/onnx-engine.js';
import { trainNetwork } from '../../../../../src/training/motion/run/train-network.js';
import type {
  TrainDependencies,
  TrainedNetwork,
  TrainRequest,
} from '../../../../../src/training/motion/run/train-request.js';
import { toyDataSet } from '../../../../helpers/data-sets.js';
import { largestDifference } from '../../../../helpers/networks.js';

const hyper = hyperParametersSchema.parse({
  sizeSamples: 12,
  filters: 6,
  cells: 8,
  batchSize: 16,
  epochs: 12,
  learningRate: 0.01,
  dropout: 0.2,
});
const dataSet = toyDataSet({ subjects: 4, windowsEach: 60 });
const [fold] = splitsOf(dataSet, 'holdout', { folds: 2, testShare: 0.25, seed: 1 });
const train = fold?.train ?? [];
const test = fold?.test ?? [];
const request: TrainRequest = { dataSet, train, validation: [], targets: ['conversation'], hyper };

function dependencies(overrides: Partial<TrainDependencies> = {}): TrainDependencies {
  return {
    createEngine: createOnnxEngine,
    threads: 1,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...overrides,
  };
}

async function accuracyOn(indices: readonly number[], network: TrainedNetwork): Promise<number> {
  const { spec, parameters, normalisation } = network;
  await using engine = await createOnnxEngine({ spec, batchSize: 1, dropout: false, frozen: [], threads: 1 });
  const predictions = await engine.predict(normalisedWindows(dataSet, indices, normalisation), parameters);
  return scoreWindows(dataSet, 'conversation', indices, predictions.get('conversation') ?? new Float32Array())
    .balancedAccuracy;
}

describe('trainNetwork', () => {
  it('learns a simple pattern and tells it in a subject it has not seen', async () => {
    const network = await trainNetwork(request, dependencies());
    const losses = network.history.map((epoch) => epoch.loss);
    expect(losses).toHaveLength(12);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
    expect(await accuracyOn(test, network)).toBeGreaterThan(0.95);
  });

  it('learns by spectra as well, and the same weights again', async () => {
    const looking = { ...hyper, spectraSamples: 8, spectraUnits: 8, weightDecay: 0.1 };
    const network = await trainNetwork({ ...request, hyper: looking }, dependencies());
    expect(await accuracyOn(test, network)).toBeGreaterThan(0.95);
    const short = { ...request, hyper: { ...looking, epochs: 1 } };
    const [first, again] = [
      await trainNetwork(short, dependencies()),
      await trainNetwork(short, dependencies()),
    ];
    expect(again.parameters).toEqual(first.parameters);
    const measured = parameterSpecs(network.spec).filter((parameter) => !isLearnt(parameter));
    expect(measured.map(({ name }) => name)).toEqual(['spectra.mean', 'spectra.scale']);
    for (const parameter of measured) {
      const [values, after] = [viewOf(first.parameters, parameter), viewOf(network.parameters, parameter)];
      expect(largestDifference(after, values), parameter.name).toBeLessThan(1e-3);
    }
  });

  it('gives the same weights for the same seed and others for another', async () => {
    const short = { ...request, hyper: { ...hyper, epochs: 2, noise: 0.1 } };
    const first = await trainNetwork(short, dependencies());
    const again = await trainNetwork(short, dependencies());
    const other = await trainNetwork({ ...short, hyper: { ...short.hyper, seed: 2 } }, dependencies());
    expect(again.parameters).toEqual(first.parameters);
    expect(other.parameters).not.toEqual(first.parameters);
  });

  it('normalises with the training windows alone', async () => {
    const network = await trainNetwork({ ...request, hyper: { ...hyper, epochs: 1 } }, dependencies());
    const column = train.map((index) => dataSet.values[index * 12 * 3 + 1] ?? 0);
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
    expect(network.normalisation.mean[1]).toBeCloseTo(mean, 0);
  });

  it('keeps the epoch that is best on the validation windows, and ends when none is better for a while', async () => {
    const patient = { ...hyper, epochs: 40, patience: 3, learningRate: 0.02 };
    const network = await trainNetwork({ ...request, validation: test, hyper: patient }, dependencies());
    const scores = network.history.map((epoch) => epoch.validation ?? 0);
    expect(scores[network.bestEpoch - 1]).toBe(Math.max(...scores));
    expect(network.history.length - network.bestEpoch).toBeLessThanOrEqual(3);
    expect(network.history.length).toBeLessThan(40);
    expect(await accuracyOn(test, network)).toBeCloseTo(Math.max(...scores));
  });

  it('keeps the last complete epoch when it is stopped', async () => {
    const controller = new AbortController();
    const network = await trainNetwork(
      request,
      dependencies({
        signal: controller.signal,
        onProgress: ({ epoch }) => {
          if (epoch === 3) controller.abort();
        },
      }),
    );
    expect(network.bestEpoch).toBe(2);
    expect(network.history).toHaveLength(2);
  });

  it('refuses to go on when the loss is no number', async () => {
    const values = dataSet.values.slice();
    values[(train[0] ?? 0) * 12 * 3] = Number.POSITIVE_INFINITY;
    const broken = { ...request, dataSet: { ...dataSet, values } };
    await expect(trainNetwork(broken, dependencies())).rejects.toMatchObject({ code: 'TRAINING_FAILED' });
  });

  it('refuses weights that the last step made infinite', async () => {
    const wild = { ...hyper, epochs: 1, learningRate: 1e39 };
    const oneStep = { ...request, train: train.slice(0, hyper.batchSize), hyper: wild };
    await expect(trainNetwork(oneStep, dependencies())).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringContaining('weights are no longer numbers'),
    });
  });

  it('notes the score on watched windows, which decides nothing', async () => {
    const short = { ...request, hyper: { ...hyper, epochs: 2 } };
    const watching = await trainNetwork({ ...short, watched: test }, dependencies());
    const alone = await trainNetwork(short, dependencies());
    expect(watching.parameters).toEqual(alone.parameters);
    expect(alone.history.map(({ watched }) => watched)).toEqual([null, null]);
    expect(watching.history.at(-1)?.watched).toBeCloseTo(await accuracyOn(test, watching));
  });

  it('leaves frozen blocks as they were', async () => {
    const first = await trainNetwork({ ...request, hyper: { ...hyper, epochs: 1 } }, dependencies());
    const start = {
      parameters: first.parameters,
      normalisation: first.normalisation,
      frozen: ['convolution'] as const,
    };
    const tuned = await trainNetwork({ ...request, start, hyper: { ...hyper, epochs: 1 } }, dependencies());
    const convolutions = 6 * 3 * 5 + 6 + 2 * (6 * 6 * 5 + 6);
    expect(tuned.parameters.subarray(0, convolutions)).toEqual(first.parameters.subarray(0, convolutions));
    expect(tuned.parameters.subarray(convolutions)).not.toEqual(first.parameters.subarray(convolutions));
  });

  it('learns with unknown labels and a sensor that is missing here and there', async () => {
    const labels = dataSet.labels.get('conversation')?.map((label, index) => (index % 3 === 0 ? -1 : label));
    const partly = { ...dataSet, labels: new Map([['conversation', labels ?? new Int8Array()]]) };
    const robust = {
      ...hyper,
      sensorDropout: 0.3,
      rotationDegrees: 10,
      timeWarp: 0.1,
      scale: 0.1,
      offset: 0.1,
    };
    const network = await trainNetwork({ ...request, dataSet: partly, hyper: robust }, dependencies());
    expect(await accuracyOn(test, network)).toBeGreaterThan(0.9);
  });
});
