import type { FilterSpec } from '../../inference/models/manifest.js';
import { GatewayError } from '../../shared/errors.js';
import type { Baseline, Method } from './baselines/baseline.js';
import { type DataSet, onlyLabelled } from './data/data-set.js';
import { filterAcrossPeople, learnFilter } from './figures/learn-filter.js';
import {
  isStatusTarget,
  statusTruths,
  type TrackedRecording,
  type Tracking,
  trackRecordings,
} from './figures/tracked.js';
import { type TrackedFigures, trackedFigures } from './figures/tracked-figures.js';
import {
  type FoldResult,
  figuresOf,
  holdOutValidation,
  joinedResults,
  type ProtocolFigures,
} from './folds/cross-validate.js';
import { runFolds } from './folds/fold-pool.js';
import {
  allWindows,
  describeProtocol,
  type Fold,
  isLeaky,
  type Protocol,
  type ProtocolOptions,
  splitsOf,
} from './folds/protocols.js';
import { createEngineOf, type EngineName } from './network/engines.js';
import type { HyperParameters } from './network/hyper-parameters.js';
import type { Checkpoint } from './run/checkpoint-folder.js';
import { trainNetwork } from './run/train-network.js';
import type { TrainedNetwork } from './run/train-request.js';

export interface ModelRequest {
  readonly dataSet: DataSet;
  readonly targets: readonly string[];
  readonly hyper: HyperParameters;
  /** How to measure; the first is the one whose figures the model is known by. */
  readonly protocols: readonly Protocol[];
  readonly protocolOptions: ProtocolOptions;
  /** What the network is compared with on the same folds, besides the majority vote. */
  readonly baselines?: readonly Baseline[];
  readonly engine: EngineName;
  /** Folds trained at the same time. */
  readonly workers: number;
  readonly workerUrl?: URL;
  /** Makes statuses of windows, so that they can be compared with the labels as well. */
  readonly tracking?: Tracking;
}

export interface ModelDependencies {
  /** Ends the phase under way and those after it; a model whose first epoch is complete is kept. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ModelProgress) => void;
  /** Keeps what is reached, and has what an earlier run reached. */
  readonly checkpoint?: Checkpoint;
}

export interface ModelProgress {
  /** What is being done: training the model itself, or measuring it. */
  readonly phase: 'train' | Protocol;
  /** What is being measured; `filter`: what makes statuses of the network's words is learnt. */
  readonly method?: Method | 'filter';
  /** 0..1 of the phase. */
  readonly done: number;
  /** Of the last step, while training the model itself. */
  readonly loss?: number;
}

/** How a model did under a protocol. */
export interface Measurement {
  readonly protocol: Protocol;
  /** What the figures are called among those of a model: the protocol, or `<protocol>-labelled` for {@link onlyLabelled}. */
  readonly name: string;
  readonly description: string;
  /** Test windows overlap training windows. */
  readonly leaky: boolean;
  readonly folds: number;
  /** Fewer than `folds` when it was stopped. */
  readonly completedFolds: number;
  /** By target. */
  readonly figures: ReadonlyMap<string, ProtocolFigures>;
  /** Statuses made of the network's predictions, by target that becomes a status. */
  readonly tracked: ReadonlyMap<string, TrackedTargetFigures>;
  /** The network's epochs, by fold. */
  readonly histories: readonly FoldHistory[];
  /** The same folds by other means; those that were not stopped. */
  readonly baselines: ReadonlyMap<Baseline, ReadonlyMap<string, ProtocolFigures>>;
}

export interface TrackedTargetFigures {
  /** Of smoothed statuses. */
  readonly figures: TrackedFigures;
  /** Of a learnt filter, where one could be: each person's is learnt from the others. */
  readonly filtered: TrackedFigures | undefined;
  /** Filtered, else smoothed. */
  readonly recordings: readonly TrackedRecording[];
  /** Learnt from all people, for the model. */
  readonly filter: FilterSpec | undefined;
}

export type FoldHistory = Pick<FoldResult, 'name' | 'history' | 'bestEpoch'>;

export interface TrainedModel {
  readonly network: TrainedNetwork;
  readonly measurements: readonly Measurement[];
}

/**
 * Trains a model on all windows of a data set, and then measures how well models trained like it do on windows they have
 * not seen. The model comes first, so that it is there when the measuring is stopped.
 *
 * @throws GatewayError `TRAINING_FAILED`
 */
export async function trainModel(
  request: ModelRequest,
  dependencies: ModelDependencies,
): Promise<TrainedModel> {
  const plans = request.protocols.map((protocol) => ({
    protocol,
    folds: splitsOf(request.dataSet, protocol, request.protocolOptions),
  }));
  const network = await trainFinal(request, dependencies);
  const measurements: Measurement[] = [];
  for (const { protocol, folds } of plans) {
    measurements.push(...(await measure(request, protocol, folds, dependencies)));
  }
  return { network, measurements };
}

async function measure(
  request: ModelRequest,
  protocol: Protocol,
  folds: readonly Fold[],
  dependencies: ModelDependencies,
): Promise<Measurement[]> {
  const run = (method: Method): Promise<FoldResult[]> =>
    runMethod(request, protocol, method, folds, dependencies);
  const results = await run('network');
  if (results.length === 0) return [];
  const others = new Map<Baseline, readonly FoldResult[]>();
  for (const baseline of request.baselines ?? []) {
    const own = await run(baseline);
    if (own.length === folds.length) others.set(baseline, own);
  }
  const { dataSet, targets, hyper } = request;
  const figures = (on: DataSet): Pick<Measurement, 'figures' | 'baselines'> => {
    const by = (from: readonly FoldResult[], threshold?: number): ReadonlyMap<string, ProtocolFigures> =>
      new Map(targets.map((target) => [target, figuresOf(on, target, folds, from, threshold)]));
    return {
      figures: by(results, hyper.threshold),
      baselines: new Map([...others].map(([baseline, own]) => [baseline, by(own)])),
    };
  };
  const measurement = {
    protocol,
    name: protocol,
    description: describeProtocol(protocol, request.protocolOptions),
    leaky: isLeaky(protocol),
    folds: folds.length,
    completedFolds: results.length,
    tracked: trackedOf(request, results, isLeaky(protocol), (done) => {
      dependencies.onProgress({ phase: protocol, method: 'filter', done });
    }),
    histories: results.map(({ name, history, bestEpoch }) => ({ name, history, bestEpoch })),
    ...figures(dataSet),
  };
  if (dataSet.assumed.size === 0) return [measurement];
  const description = `${measurement.description}, labelled windows only`;
  const labelled = { name: `${protocol}-labelled`, description, tracked: new Map(), histories: [] };
  return [measurement, { ...measurement, ...labelled, ...figures(onlyLabelled(dataSet)) }];
}

function trackedOf(
  { dataSet, targets, tracking }: ModelRequest,
  results: readonly FoldResult[],
  leaky: boolean,
  onFilterProgress: (done: number) => void,
): ReadonlyMap<string, TrackedTargetFigures> {
  if (tracking === undefined) return new Map();
  return new Map(
    targets.filter(isStatusTarget).map((name): [string, TrackedTargetFigures] => {
      const { indices, probabilities } = joinedResults(results, name);
      const truths = statusTruths(dataSet, name, indices, probabilities);
      const classes = dataSet.heads.find((head) => head.name === name)?.classes ?? [];
      const smoothed = trackRecordings(truths, { name, classes }, tracking.changesOf);
      const lesson = { target: name, classes, recordings: truths, tracking };
      if (!leaky) onFilterProgress(0);
      const filter = leaky ? undefined : learnFilter(lesson);
      const filtered = filter && filterAcrossPeople(lesson, onFilterProgress);
      return [
        name,
        {
          figures: trackedFigures(smoothed),
          filtered: filtered && trackedFigures(filtered),
          recordings: filtered ?? smoothed,
          filter,
        },
      ];
    }),
  );
}

/** Trains and tests one method on all folds, in parallel threads. */
async function runMethod(
  { dataSet, targets, hyper, engine, workers, workerUrl }: ModelRequest,
  protocol: Protocol,
  method: Method,
  folds: readonly Fold[],
  { signal, onProgress, checkpoint }: ModelDependencies,
): Promise<FoldResult[]> {
  if (folds.length === 0 || signal.aborted) return [];
  const kept = new Map<string, FoldResult>();
  for (const { name } of folds) {
    const result = await checkpoint?.loadFold({ protocol, method, fold: name });
    if (result !== undefined) kept.set(name, result);
  }
  const missing = folds.filter(({ name }) => !kept.has(name));
  const results = await runFolds(
    missing.map((fold) => ({ dataSet, fold, targets, hyper, method })),
    {
      engine,
      workers,
      signal,
      onProgress: (done) =>
        onProgress({ phase: protocol, method, done: 1 - ((1 - done) * missing.length) / folds.length }),
      onResult: async (result) => await checkpoint?.saveFold({ protocol, method, fold: result.name }, result),
      ...(workerUrl && { workerUrl }),
    },
  );
  for (const result of results) kept.set(result.name, result);
  return folds.flatMap(({ name }) => kept.get(name) ?? []);
}

async function trainFinal(request: ModelRequest, dependencies: ModelDependencies): Promise<TrainedNetwork> {
  const { dataSet, targets, hyper } = request;
  const { train, validation } = holdOutValidation(dataSet, allWindows(dataSet), hyper);
  const network = await trainNetwork(
    { dataSet, train, validation, targets, hyper },
    {
      createEngine: createEngineOf(request.engine),
      threads: request.workers,
      signal: dependencies.signal,
      onProgress: ({ done, loss }) => dependencies.onProgress({ phase: 'train', done, loss }),
      resumeFrom: dependencies.checkpoint?.run,
      onEpoch: async (state) => await dependencies.checkpoint?.saveRun(state),
    },
  );
  if (network.bestEpoch === 0) {
    throw new GatewayError(
      'TRAINING_FAILED',
      'stopped before the first epoch was complete; no model was written',
    );
  }
  return network;
}
