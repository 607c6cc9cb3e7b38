import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../../shared/errors.js';
import type { FeatureClassifier } from '../baselines/baseline.js';
import { runFeatureBaseline } from '../baselines/feature-baseline.js';
import { classifyByLinear } from '../baselines/linear.js';
import { classifyBySvm } from '../baselines/svm.js';
import { classifyByForest, classifyByTrees } from '../baselines/trees.js';
import { normalisedWindows } from '../data/normalisation.js';
import { createEngineOf } from '../network/engines.js';
import { trainNetwork } from '../run/train-network.js';
import type { TrainDependencies } from '../run/train-request.js';
import { type FoldResult, holdOutValidation } from './cross-validate.js';
import type { FoldAnswer, FoldRequest, FoldTask } from './fold-pool.js';

/*
 * Thread that trains and tests one fold. It is told to stop by any message, and ends by itself.
 */
const port = parentPort;
if (port === null) throw new Error('fold-worker.js is started by the fold pool');

// The pool starts this file with nothing else.
const task = workerData as FoldTask;
const controller = new AbortController();
port.once('message', () => controller.abort());
const post = (answer: FoldAnswer): void => port.postMessage(answer);

try {
  const result = await runFold(task.request, {
    createEngine: createEngineOf(task.engine),
    threads: task.threads,
    signal: controller.signal,
    onProgress: ({ done }) => post({ kind: 'progress', done }),
  });
  post(controller.signal.aborted ? { kind: 'stopped' } : { kind: 'done', result });
} catch (error) {
  post({ kind: 'failed', message: messageOf(error) });
} finally {
  port.close();
}

/** Trains on a fold's training windows and predicts its test windows. */
async function runFold(request: FoldRequest, dependencies: TrainDependencies): Promise<FoldResult> {
  switch (request.method ?? 'network') {
    case 'network':
      return await runNetwork(request, dependencies);
    case 'rnn':
      return await runNetwork(
        { ...request, hyper: { ...request.hyper, convolutions: 0, spectraSamples: 0 } },
        dependencies,
      );
    case 'svm':
      return await runClassifier(classifyBySvm, request);
    case 'forest':
      return await runClassifier(classifyByForest, request);
    case 'linear':
      return await runClassifier(classifyByLinear, request);
    case 'trees':
      return await runClassifier(classifyByTrees, request);
  }
}

async function runClassifier(
  classify: FeatureClassifier,
  { dataSet, fold, targets, hyper }: FoldRequest,
): Promise<FoldResult> {
  const probabilities = await runFeatureBaseline(classify, dataSet, fold, targets, hyper);
  return { name: fold.name, test: fold.test, probabilities, history: [], bestEpoch: 0 };
}

async function runNetwork(request: FoldRequest, dependencies: TrainDependencies): Promise<FoldResult> {
  const { dataSet, fold, targets, hyper } = request;
  const { train, validation } = holdOutValidation(dataSet, fold.train, hyper);
  const trained = await trainNetwork(
    { dataSet, train, validation, watched: fold.test, targets, hyper },
    dependencies,
  );
  const { spec, parameters, normalisation, history, bestEpoch } = trained;
  await using engine = await dependencies.createEngine({
    spec,
    batchSize: hyper.batchSize,
    dropout: false,
    frozen: [],
    threads: dependencies.threads,
  });
  const windows = normalisedWindows(dataSet, fold.test, normalisation);
  const predictions = await engine.predict(windows, parameters);
  const probabilities = new Map(
    targets.map((target) => [target, predictions.get(target) ?? new Float32Array()]),
  );
  return { name: fold.name, test: fold.test, probabilities, history, bestEpoch };
}
