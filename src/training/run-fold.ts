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
}

/** Trains on a fold's training windows and predicts its test windows. */
export async function runFold(request: FoldRequest, dependencies: TrainDependencies): Promise<FoldResult> {
  const { dataSet, fold, targets, hyper } = request;
  const { train, validation } = holdOutValidation(dataSet, fold.train, hyper);
  const trained = await trainNetwork({ dataSet, train, validation, targets, hyper }, dependencies);
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
