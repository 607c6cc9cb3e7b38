import type { SequenceManifest } from '../../../inference/models/manifest.js';
import { GatewayError } from '../../../shared/errors.js';
import type { DataSet } from '../data/data-set.js';
import { normalisedWindows, refitNormalisation } from '../data/normalisation.js';
import { figuresOfWindows, holdOutValidation, type ProtocolFigures } from '../folds/cross-validate.js';
import {
  allWindows,
  describeProtocol,
  type Fold,
  type ProtocolOptions,
  splitsOf,
} from '../folds/protocols.js';
import type { HyperParameters } from '../network/hyper-parameters.js';
import type { Block, NetworkSpec } from '../network/network.js';
import { trainNetwork } from '../run/train-network.js';
import type { TrainDependencies, TrainedNetwork } from '../run/train-request.js';

/** A model to adapt. */
export interface SourceModel {
  readonly manifest: SequenceManifest;
  readonly spec: NetworkSpec;
  readonly parameters: Float32Array;
}

interface AdaptRequest {
  readonly source: SourceModel;
  /** Windows of the new people, places or devices. */
  readonly dataSet: DataSet;
  readonly split: NewSplit;
  /** Windows of those the model came from, if there are any. */
  readonly base: DataSet | undefined;
  /** Targets that are labelled in the new recordings. */
  readonly targets: readonly string[];
  readonly hyper: HyperParameters;
  readonly frozen: readonly Block[];
  /** Estimate mean and standard deviation again from the new training windows. */
  readonly renormalise: boolean;
}

export type AdaptedFigures = Omit<ProtocolFigures, 'majority'>;

/** How the model did on one distribution before it was adapted, and how it does now. */
interface BeforeAndAfter {
  readonly distribution: 'new' | 'base';
  readonly description: string;
  /** By target that is labelled there. */
  readonly targets: ReadonlyMap<string, { readonly before: AdaptedFigures; readonly after: AdaptedFigures }>;
}

/** What was adapted, how, and what came of it. */
export interface Adaptation {
  readonly from: Pick<SequenceManifest, 'name' | 'version' | 'sha256'>;
  readonly frozen: readonly Block[];
  readonly renormalise: boolean;
  readonly trainWindows: number;
  readonly testWindows: number;
  readonly figures: readonly BeforeAndAfter[];
}

/**
 * Goes on training a model with windows of a new distribution, and measures it before and after on held-out windows of
 * the new one and on the old one. The network that is returned is the one that was measured.
 *
 * @throws GatewayError `TRAINING_FAILED`
 */
export async function adaptNetwork(
  request: AdaptRequest,
  dependencies: TrainDependencies,
): Promise<{ readonly network: TrainedNetwork; readonly adaptation: Adaptation }> {
  const { source, dataSet, split, base, targets, hyper, frozen, renormalise } = request;
  const { train, validation } = holdOutValidation(dataSet, split.train, hyper);
  const normalisation = renormalise ? refitNormalisation(dataSet, train, source.manifest) : source.manifest;
  const start = { parameters: source.parameters, normalisation, frozen };
  const network = await trainNetwork(
    { dataSet, train, validation, watched: split.test, targets, hyper, start },
    dependencies,
  );
  const before = { ...network, parameters: source.parameters, normalisation: source.manifest };
  const compare = async (
    distribution: BeforeAndAfter['distribution'],
    description: string,
    on: DataSet,
    indices: readonly number[],
  ): Promise<BeforeAndAfter> => {
    const then = await measure(source, before, on, indices, dependencies);
    const now = await measure(source, network, on, indices, dependencies);
    const both = [...then].flatMap(([target, figures]) => {
      const after = now.get(target);
      return after === undefined ? [] : [[target, { before: figures, after }] as const];
    });
    return { distribution, description, targets: new Map(both) };
  };
  const figures = [await compare('new', split.description, dataSet, split.test)];
  if (base !== undefined) {
    figures.push(await compare('base', 'recordings given as those it came from', base, allWindows(base)));
  }
  const { name, version, sha256 } = source.manifest;
  const [trainWindows, testWindows] = [train.length, split.test.length];
  return {
    network,
    adaptation: { from: { name, version, sha256 }, frozen, renormalise, trainWindows, testWindows, figures },
  };
}

/** Figures by target with labelled windows, at the model's own thresholds. */
async function measure(
  { manifest }: SourceModel,
  { spec, parameters, normalisation }: Pick<TrainedNetwork, 'spec' | 'parameters' | 'normalisation'>,
  dataSet: DataSet,
  indices: readonly number[],
  { createEngine, threads }: TrainDependencies,
): Promise<ReadonlyMap<string, AdaptedFigures>> {
  await using engine = await createEngine({ spec, batchSize: 1, dropout: false, frozen: [], threads });
  const predictions = await engine.predict(normalisedWindows(dataSet, indices, normalisation), parameters);
  const figures = manifest.targets.flatMap(({ name, threshold }): [string, AdaptedFigures][] => {
    const probabilities = predictions.get(name);
    if (probabilities === undefined) return [];
    const own = figuresOfWindows(dataSet, name, indices, probabilities, threshold);
    return own.pooled.windows === 0 ? [] : [[name, own]];
  });
  return new Map(figures);
}

/** Windows to adapt with, and windows of the same distribution to measure on. */
interface NewSplit extends Pick<Fold, 'train' | 'test'> {
  readonly description: string;
}

/**
 * Holds out a share of the new subjects, or, where there is only one, the last share of each answer's windows: what one
 * person's own model is for. Windows that overlap held-out ones are then left out of training.
 *
 * @throws GatewayError `TRAINING_FAILED` when nothing is left to learn from or to measure on
 */
export function splitNew(dataSet: DataSet, options: ProtocolOptions): NewSplit {
  const several = dataSet.subjects.length > 1;
  const fold = several
    ? splitsOf(dataSet, 'holdout', options)[0]
    : lastOfEachAnswer(dataSet, options.testShare);
  if (fold === undefined || fold.train.length === 0 || fold.test.length === 0) {
    throw new GatewayError(
      'TRAINING_FAILED',
      `${dataSet.count} windows are too few to learn from some and measure on others; record longer`,
    );
  }
  const percent = Math.round(options.testShare * 100);
  const description = several
    ? describeProtocol('holdout', options)
    : `the last ${percent} % of each answer’s windows of the one subject`;
  return { ...fold, description };
}

function lastOfEachAnswer(dataSet: DataSet, testShare: number): Pick<Fold, 'train' | 'test'> {
  const byAnswer = new Map<string, number[]>();
  for (const index of allWindows(dataSet)) {
    const answer = dataSet.heads.map(({ name }) => dataSet.labels.get(name)?.[index]).join();
    byAnswer.set(answer, [...(byAnswer.get(answer) ?? []), index]);
  }
  const test = [...byAnswer.values()].flatMap((indices) => {
    const inTime = indices.toSorted((a, b) => startOf(dataSet, a) - startOf(dataSet, b));
    return inTime.slice(Math.floor(inTime.length * (1 - testShare)));
  });
  const held = new Set(test);
  const lengthMs = (dataSet.sizeSamples * 1000) / dataSet.samplingRateHz;
  const overlaps = (a: number, b: number): boolean =>
    dataSet.recordingOf[a] === dataSet.recordingOf[b] &&
    Math.abs(startOf(dataSet, a) - startOf(dataSet, b)) < lengthMs;
  const train = allWindows(dataSet).filter(
    (index) => !held.has(index) && !test.some((other) => overlaps(index, other)),
  );
  return { train, test };
}

function startOf(dataSet: DataSet, index: number): number {
  return dataSet.startMs[index] ?? 0;
}
