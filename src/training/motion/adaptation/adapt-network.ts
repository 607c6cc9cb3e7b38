import type { SequenceManifest } from '../../../inference/models/manifest.js';
import { figuresOfWindows, holdOutValidation, type ProtocolFigures } from '../cross-validate.js';
import type { DataSet } from '../data-set.js';
import type { HyperParameters } from '../hyper-parameters.js';
import type { Block, NetworkSpec } from '../network.js';
import { normalisedWindows, refitNormalisation } from '../normalisation.js';
import { allWindows } from '../protocols.js';
import { trainNetwork } from '../train-network.js';
import type { TrainDependencies, TrainedNetwork } from '../train-request.js';
import type { NewSplit } from './split-new.js';

/** A model to adapt. */
export interface SourceModel {
  readonly manifest: SequenceManifest;
  readonly spec: NetworkSpec;
  readonly parameters: Float32Array;
}

export interface AdaptRequest {
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
export interface BeforeAndAfter {
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
