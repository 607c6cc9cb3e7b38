import { type Random, shuffled } from '../../random.js';

/**
 * What the network is compared with, on the same windows and splits. The most frequent class is always compared with.
 *
 * - `svm`: C-support vector machine with a radial kernel (libsvm) on features of the window
 * - `forest`: random forest on the same features
 * - `linear`: logistic regression on the same features
 * - `trees`: extremely randomised trees on the same features
 * - `rnn`: the paper's comparison, a deep recurrent network: the same LSTM layers and training without convolutions
 */
export const BASELINES = ['svm', 'forest', 'rnn', 'linear', 'trees'] as const;
export type Baseline = (typeof BASELINES)[number];

/** Training an SVM takes the square of the windows, six times over for the probabilities: of more it learns from a sample. */
export const SVM_MAX_WINDOWS = 5000;

/** What is trained on a fold: the network, or what it is compared with. */
export type Method = 'network' | Baseline;

/** What a method is called in reports and model cards. */
export const METHOD_NAMES: Readonly<Record<Method | 'majority', string>> = {
  network: 'CNN-LSTM',
  svm: 'SVM on window features',
  forest: 'random forest on window features',
  rnn: 'deep RNN',
  linear: 'linear model on window features',
  trees: 'randomised trees on window features',
  majority: 'majority vote',
};

/** Labelled rows of features to learn from, and rows to tell. */
export interface FeatureTask {
  /** One row a window, all of one length, standardised. */
  readonly train: readonly Float64Array[];
  /** Class of each training row. */
  readonly labels: readonly number[];
  readonly classes: number;
  readonly test: readonly Float64Array[];
  readonly seed: number;
}

/** @returns probabilities `[test, classes]` */
export type FeatureClassifier = (task: FeatureTask) => Promise<Float32Array>;

/** Some of the windows to learn from, with their classes: all in their order where there are no more than `most`. */
export function sampleWindows(
  { train, labels }: Pick<FeatureTask, 'train' | 'labels'>,
  most: number,
  random: Random,
): { readonly rows: readonly Float64Array[]; readonly labels: readonly number[] } {
  if (train.length <= most) return { rows: train, labels };
  const chosen = shuffled([...train.keys()], random).slice(0, most);
  return {
    rows: chosen.flatMap((index) => train[index] ?? []),
    labels: chosen.flatMap((index) => labels[index] ?? []),
  };
}
