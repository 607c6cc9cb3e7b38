import { type DataSet, UNKNOWN } from '../data/data-set.js';
import { fitNormalisation, type Normalisation, normalisedWindows } from '../data/normalisation.js';
import { type FoldResult, figuresOf, type ProtocolFigures } from '../folds/cross-validate.js';
import { allWindows, type Fold, splitsOf } from '../folds/protocols.js';
import type { HyperParameters } from '../network/hyper-parameters.js';
import type { FeatureClassifier } from './baseline.js';
import { classifyByLinear } from './linear.js';
import { windowFeatures } from './window-features.js';

/**
 * Trains a classifier on features of a fold's training windows and tells its test windows, each target by itself. The
 * windows are prepared as for the network; features are scaled by the training windows.
 *
 * @returns by target: `[test, classes]`
 */
export async function runFeatureBaseline(
  classify: FeatureClassifier,
  dataSet: DataSet,
  fold: Fold,
  targets: readonly string[],
  hyper: Pick<HyperParameters, 'centre' | 'compression' | 'seed'>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const normalisation = fitNormalisation(dataSet, fold.train, hyper);
  const features = {
    train: featuresOf(dataSet, fold.train, normalisation),
    test: featuresOf(dataSet, fold.test, normalisation),
  };
  return await classifyFeatures(classify, dataSet, fold, targets, features, hyper.seed);
}

/** Hand-made features of some windows, prepared as for a network. */
function featuresOf(
  dataSet: DataSet,
  indices: readonly number[],
  normalisation: Normalisation,
): Float64Array[] {
  const length = dataSet.sizeSamples * dataSet.channels.length;
  const windows = normalisedWindows(dataSet, indices, normalisation);
  return indices.map((_, at) =>
    windowFeatures(windows.subarray(at * length, (at + 1) * length), dataSet.channels.length),
  );
}

/**
 * Trains a classifier on the features of a fold's training windows and tells its test windows.
 *
 * @returns by target: `[test, classes]`
 */
async function classifyFeatures(
  classify: FeatureClassifier,
  dataSet: DataSet,
  fold: Fold,
  targets: readonly string[],
  features: { readonly train: readonly Float64Array[]; readonly test: readonly Float64Array[] },
  seed: number,
): Promise<ReadonlyMap<string, Float32Array>> {
  const { train, test } = standardised(features.train, features.test);
  const results = new Map<string, Float32Array>();
  for (const target of targets) {
    const labels = fold.train.map((index) => dataSet.labels.get(target)?.[index] ?? UNKNOWN);
    const known = labels.flatMap((label, row) => (label === UNKNOWN ? [] : [row]));
    const classes = dataSet.heads.find((head) => head.name === target)?.classes.length ?? 0;
    const task = {
      train: known.flatMap((row) => train[row] ?? []),
      labels: known.map((row) => labels[row] ?? UNKNOWN),
      classes,
      test,
      seed,
    };
    results.set(target, isOfOneClass(task.labels) ? certain(task) : await classify(task));
  }
  return results;
}

function isOfOneClass(labels: readonly number[]): boolean {
  return new Set(labels).size < 2;
}

/** Where training windows have one class only, nothing else can be said. */
function certain(task: {
  readonly labels: readonly number[];
  readonly classes: number;
  readonly test: readonly unknown[];
}): Float32Array {
  const only = task.labels[0] ?? 0;
  return Float32Array.from({ length: task.test.length * task.classes }, (_, at) =>
    at % task.classes === only ? 1 : 0,
  );
}

/** Scales features by mean and standard deviation of the training rows. */
function standardised(
  train: readonly Float64Array[],
  test: readonly Float64Array[],
): { train: Float64Array[]; test: Float64Array[] } {
  const columns = train[0]?.length ?? 0;
  const scales = Array.from({ length: columns }, (_, column) => {
    const values = train.map((row) => row[column] ?? 0);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return { mean, std: Math.sqrt(variance) };
  });
  const scale = (row: Float64Array): Float64Array =>
    row.map((value, column) => {
      const { mean, std } = scales[column] ?? { mean: 0, std: 0 };
      return std === 0 ? 0 : (value - mean) / std;
    });
  return { train: train.map(scale), test: test.map(scale) };
}

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
