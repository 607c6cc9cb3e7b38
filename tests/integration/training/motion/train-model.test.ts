import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModelFolder } from '../../../../src/inference/models/model-folder.js';
import { startInferencePool } from '../../../../src/inference/workers/inference-pool.js';
import { windowsOfRecording } from '../../../../src/recordings/recording-windows.js';
import { simulatedRecordings } from '../../../../src/recordings/simulation/simulated-recordings.js';
import { buildDataSet, type WindowsOf } from '../../../../src/training/motion/data/data-set.js';
import { selectChannels } from '../../../../src/training/motion/data/select-channels.js';
import {
  type Evaluation,
  evaluateModel,
  type RunModel,
} from '../../../../src/training/motion/evaluate-model.js';
import { runFolds } from '../../../../src/training/motion/folds/fold-pool.js';
import { splitsOf } from '../../../../src/training/motion/folds/protocols.js';
import { hyperParametersSchema } from '../../../../src/training/motion/network/hyper-parameters.js';
import { createOnnxEngine } from '../../../../src/training/motion/network/onnx-engine.js';
import { openCheckpoint } from '../../../../src/training/motion/run/checkpoint-folder.js';
import {
  type ModelProgress,
  type ModelRequest,
  trainModel,
} from '../../../../src/training/motion/train-model.js';
import { writeTrainedModel } from '../../../../src/training/motion/write-model.js';
import { toyDataSet } from '../../../helpers/data-sets.js';
import { PATIENCE_MS } from '../../../helpers/eventually.js';
import { deviceId } from '../../../helpers/sensor-messages.js';
import { SYNCHRONISE } from '../../../helpers/synchronise-options.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { FOLD_WORKER, INFERENCE_WORKER } from '../../../helpers/worker-url.js';

const toyHyper = hyperParametersSchema.parse({
  sizeSamples: 12,
  filters: 6,
  cells: 8,
  batchSize: 16,
  epochs: 10,
  learningRate: 0.01,
  dropout: 0.2,
});

function toyRequest(overrides: Partial<ModelRequest> = {}): ModelRequest {
  return {
    dataSet: toyDataSet({ subjects: 4, windowsEach: 60 }),
    targets: ['conversation'],
    hyper: toyHyper,
    protocols: ['loso', 'random'],
    protocolOptions: { folds: 2, testShare: 0.25, seed: 1 },
    engine: 'onnx',
    workers: 2,
    workerUrl: FOLD_WORKER,
    ...overrides,
  };
}

// Training takes half a minute on a machine that does nothing else.
const SLOW = { timeout: 10 * PATIENCE_MS };

describe('trainModel', SLOW, () => {
  it('trains the model and measures it under each protocol, in parallel threads', async () => {
    const progress: ModelProgress[] = [];
    const { network, measurements } = await trainModel(toyRequest(), {
      signal: new AbortController().signal,
      onProgress: (step) => void progress.push(step),
    });
    expect(network.bestEpoch).toBe(10);
    expect(
      measurements.map(({ protocol, leaky, completedFolds }) => [protocol, leaky, completedFolds]),
    ).toEqual([
      ['loso', false, 4],
      ['random', true, 2],
    ]);
    for (const { figures } of measurements) {
      const conversation = figures.get('conversation');
      expect(conversation?.pooled.windows).toBe(240);
      expect(conversation?.pooled.balancedAccuracy).toBeGreaterThan(0.9);
      expect(conversation?.majority.balancedAccuracy).toBeLessThanOrEqual(0.55);
    }
    expect(new Set(progress.map(({ phase }) => phase))).toEqual(new Set(['train', 'loso', 'random']));
    expect(progress.at(-1)).toMatchObject({ phase: 'random', done: 1 });
  });

  it('compares with baselines on the same folds', async () => {
    const progress: ModelProgress[] = [];
    const { measurements } = await trainModel(
      toyRequest({ protocols: ['folds'], baselines: ['svm', 'forest', 'rnn'] }),
      { signal: new AbortController().signal, onProgress: (step) => void progress.push(step) },
    );
    const baselines = measurements[0]?.baselines;
    expect([...(baselines?.keys() ?? [])]).toEqual(['svm', 'forest', 'rnn']);
    for (const byTarget of baselines?.values() ?? []) {
      expect(byTarget.get('conversation')?.pooled.windows).toBe(240);
      expect(byTarget.get('conversation')?.pooled.balancedAccuracy).toBeGreaterThan(0.8);
    }
    expect(new Set(progress.map(({ method }) => method))).toEqual(
      new Set([undefined, 'network', 'svm', 'forest', 'rnn']),
    );
  });

  it('keeps the model and the complete folds when it is stopped while measuring', async () => {
    const controller = new AbortController();
    const { network, measurements } = await trainModel(toyRequest({ workers: 1 }), {
      signal: controller.signal,
      onProgress: ({ phase, done }) => {
        if (phase === 'loso' && done > 0.5) controller.abort();
      },
    });
    expect(network.bestEpoch).toBe(10);
    expect(measurements).toHaveLength(1);
    expect(measurements[0]?.completedFolds).toBe(2);
    expect(measurements[0]?.figures.get('conversation')?.pooled.windows).toBe(120);
  });

  it('goes on where it was stopped, and ends with the figures of a run that was not', async () => {
    await using folder = await temporaryFolder();
    const request = toyRequest({ protocols: ['loso'], workers: 1, hyper: { ...toyHyper, epochs: 3 } });
    const open = (resume: boolean) => openCheckpoint(join(folder.path, 'c'), 'key', resume);
    const controller = new AbortController();
    await trainModel(request, {
      signal: controller.signal,
      checkpoint: await open(false),
      onProgress: ({ phase, done }) => {
        if (phase === 'loso' && done > 0.6) controller.abort();
      },
    });
    const resumed: ModelProgress[] = [];
    const signal = new AbortController().signal;
    const later = await trainModel(request, {
      signal,
      checkpoint: await open(true),
      onProgress: (step) => void resumed.push(step),
    });
    expect(resumed.some(({ phase }) => phase === 'train')).toBe(false);
    expect(Math.min(...resumed.map(({ done }) => done))).toBeGreaterThan(0.5);
    const through = await trainModel(request, { signal, onProgress: () => undefined });
    expect(later.measurements).toEqual(through.measurements);
    expect(later.network).toEqual(through.network);
  });

  it('has nothing to keep when it is stopped before the end of the first epoch', async () => {
    const controller = new AbortController();
    const training = trainModel(toyRequest(), {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(training).rejects.toMatchObject({ code: 'TRAINING_FAILED' });
  });
});

describe('runFolds', SLOW, () => {
  it('gives the same predictions in any number of threads', async () => {
    const { dataSet, targets, hyper, protocolOptions } = toyRequest();
    const folds = splitsOf(dataSet, 'folds', protocolOptions);
    const requests = folds.map((fold) => ({ dataSet, fold, targets, hyper: { ...hyper, epochs: 2 } }));
    const options = {
      engine: 'onnx',
      signal: new AbortController().signal,
      onProgress: () => undefined,
      workerUrl: FOLD_WORKER,
    } as const;
    const alone = await runFolds(requests, { ...options, workers: 1 });
    const together = await runFolds(requests, { ...options, workers: 2 });
    expect(together).toEqual(alone);
  });

  it('names the fold that fails', async () => {
    const { dataSet, targets, hyper } = toyRequest();
    const values = dataSet.values.map(() => Number.POSITIVE_INFINITY);
    const broken = { ...dataSet, values };
    const [fold] = splitsOf(dataSet, 'holdout', { folds: 2, testShare: 0.25, seed: 1 });
    if (fold === undefined) throw new Error('no fold');
    const running = runFolds([{ dataSet: broken, fold, targets, hyper }], {
      engine: 'onnx',
      workers: 1,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      workerUrl: FOLD_WORKER,
    });
    await expect(running).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringContaining('fold "hold-out"'),
    });
  });
});

describe('a model trained on simulated phones', SLOW, () => {
  it('is served with the figures it was trained to, on people it has not seen', async () => {
    const shape = { samplingRateHz: 10, sizeSamples: 32, strideSamples: 32 };
    const hyper = hyperParametersSchema.parse({
      ...shape,
      centre: 'window',
      filters: 16,
      cells: 24,
      epochs: 8,
      learningRate: 0.005,
    });
    const people = (count: number, firstPerson: number) =>
      simulatedRecordings({ people: count, firstPerson, secondsEach: 600, seed: 5, rateHz: 20 });
    const { channels, gravity, accelerometerUnit, usable } = selectChannels(people(12, 0), {});
    const windowsOf: WindowsOf = (recording) =>
      windowsOfRecording(
        recording,
        deviceId('phone'),
        recording.startMs,
        { ...shape, name: 'simulated', channels, gravity, accelerometerUnit, units: 'si' },
        SYNCHRONISE,
      );
    const targets = ['accompanied', 'conversation'] as const;
    const spec = { ...hyper, channels, accelerometerUnit, heads: targets.map((name) => ({ name })) };
    const { dataSet } = buildDataSet(usable, windowsOf, spec);
    const trained = await trainModel(
      toyRequest({ dataSet, targets, hyper, protocols: ['none'], workers: 1 }),
      {
        signal: new AbortController().signal,
        onProgress: () => undefined,
      },
    );
    await using folder = await temporaryFolder();
    await writeTrainedModel(folder.path, trained, dataSet, hyper, {
      name: 'simulated',
      version: '1',
      gravity,
      placement: 'any',
      targets,
      text: { summary: '', data: '', licence: '', limits: [] },
      trainedAt: '2024-01-01T00:00:00.000Z',
      command: undefined,
    });
    const { manifest, files } = await readModelFolder(folder.path);
    if (manifest.kind !== 'sequence') throw new Error('no sequence model');
    await using pool = startInferencePool({
      workers: 1,
      maxBatch: 64,
      workerUrl: INFERENCE_WORKER,
      onWorkerLost: () => undefined,
    });
    await using classifier = await pool.load(manifest, files);
    const unseen = people(8, 1000);
    const evaluate = (run: RunModel): Promise<Evaluation> =>
      evaluateModel(manifest, unseen, windowsOf, run, {
        batchSize: 64,
        labelShare: 0.5,
        minCoverage: 0.75,
        signal: new AbortController().signal,
        onProgress: () => undefined,
      });
    const served = await evaluate((batch, count) => classifier.run(batch, count));
    const { spec: network, parameters } = trained.network;
    await using engine = await createOnnxEngine({
      spec: network,
      batchSize: 1,
      dropout: false,
      frozen: [],
      threads: 1,
    });
    const asTrained = await evaluate(async (batch) =>
      Object.fromEntries(await engine.predict(batch, parameters)),
    );
    expect(served).toEqual(asTrained);
    expect([...served.targets.keys()]).toEqual(targets);
    for (const metrics of served.targets.values()) {
      expect(metrics.windows).toBeGreaterThan(1000);
      expect(metrics.balancedAccuracy).toBeGreaterThan(0.6);
    }
  });
});
