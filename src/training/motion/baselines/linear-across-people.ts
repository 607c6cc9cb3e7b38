import { type FoldResult, figuresOf, type ProtocolFigures } from '../cross-validate.js';
import type { DataSet } from '../data-set.js';
import { fitNormalisation } from '../normalisation.js';
import { allWindows, splitsOf } from '../protocols.js';
import { classifyByLinear } from './linear.js';
import { classifyFeatures, featuresOf } from './run-feature-baseline.js';

const FOLDS = 4;
/** Compression of windows that the model compresses: as the models of this project do. */
const COMPRESSION = 0.1;
const SEED = 1;

/**
 * What a linear model reaches that learns from the other people of the same recordings: what a model brought from
 * elsewhere has to be compared with.
 *
 * @param prepared how the model wants its windows
 * @returns by target; nothing where there is one person only
 */
export async function linearAcrossPeople(
  dataSet: DataSet,
  targets: readonly string[],
  prepared: { readonly centre: 'none' | 'window'; readonly knee?: readonly number[] | undefined },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ProtocolFigures>> {
  if (dataSet.subjects.length < 2) return new Map();
  const everything = allWindows(dataSet);
  const compression = prepared.knee === undefined ? 0 : COMPRESSION;
  const normalisation = fitNormalisation(dataSet, everything, { centre: prepared.centre, compression });
  const features = featuresOf(dataSet, everything, normalisation);
  const rowsOf = (indices: readonly number[]): Float64Array[] => indices.flatMap((at) => features[at] ?? []);
  const options = { folds: Math.min(FOLDS, dataSet.subjects.length), testShare: 0, seed: SEED };
  const folds = splitsOf(dataSet, 'folds', options);
  const results: FoldResult[] = [];
  for (const fold of folds) {
    if (signal.aborted) return new Map();
    const own = { train: rowsOf(fold.train), test: rowsOf(fold.test) };
    const probabilities = await classifyFeatures(classifyByLinear, dataSet, fold, targets, own, SEED);
    results.push({ name: fold.name, test: fold.test, probabilities, history: [], bestEpoch: 0 });
  }
  return new Map(targets.map((target) => [target, figuresOf(dataSet, target, folds, results)]));
}
