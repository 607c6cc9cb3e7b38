import type { FeatureClassifier, Method } from './baselines/baseline.js';
import { classifyByTrees } from './baselines/extra-trees.js';
import { classifyByForest } from './baselines/forest.js';
import { classifyByLinear } from './baselines/linear.js';
import { runFeatureBaseline } from './baselines/run-feature-baseline.js';
import { classifyBySvm } from './baselines/svm.js';
import { type FoldResult, holdOutValidation } from './cross-validate.js';
import type { DataSet } from './data-set.js';
import type { HyperParameters } from './hyper-parameters.js';
import { normalisedWindows } from './normalisation.js';
import type { Fold } from './protocols.js';
import { trainNetwork } from './train-network.js';
import type { TrainDependencies } from './train-request.js';

export interface FoldRequest {
  readonly dataSet: DataSet;
  readonly fold: Fold;
  readonly targets: readonly string[];
  readonly hyper: HyperParameters;
  /** What to train. @defaultValue the network */
  readonly method?: Method;
}

/** Trains on a fold's training windows and predicts its test windows. */
export async function runFold(request: FoldRequest, dependencies: TrainDependencies): Promise<FoldResult> {
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
