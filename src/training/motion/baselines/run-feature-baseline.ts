import { type DataSet, UNKNOWN } from '../data-set.js';
import type { HyperParameters } from '../hyper-parameters.js';
import { fitNormalisation, type Normalisation, normalisedWindows } from '../normalisation.js';
import type { Fold } from '../protocols.js';
import type { FeatureClassifier } from './baseline.js';
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
export function featuresOf(
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
export async function classifyFeatures(
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
