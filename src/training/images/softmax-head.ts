import * as tf from '@tensorflow/tfjs-core';
import { softmax } from '../../inference/images/image-labels.js';
import { startTfjs, type TfjsBackend } from '../tfjs-start.js';

/** Rows of features with what each class should have of the probability. */
export interface FeatureRows {
  readonly count: number;
  /** `[count, width]` */
  readonly features: Float32Array;
  readonly width: number;
  /** `[count, classes]`: with softmax rows that sum to 1, with sigmoid 0 or 1. */
  readonly labels: Float32Array;
  readonly classes: number;
}

/** How a head's sums become probabilities: softmax, one class a row; sigmoid, each class by itself. */
export type HeadLink = 'softmax' | 'sigmoid';

export interface HeadOptions {
  readonly link: HeadLink;
  readonly learningRate: number;
  /** Decoupled weight decay a step. */
  readonly weightDecay: number;
  readonly maxSteps: number;
  /** Steps without a better loss on the validation rows after which it ends. */
  readonly patienceSteps: number;
  /** What a row of each class counts. */
  readonly classWeights: readonly number[];
  readonly backend: TfjsBackend;
}

export const DEFAULT_HEAD_OPTIONS: Omit<HeadOptions, 'classWeights' | 'link'> = {
  learningRate: 2e-3,
  weightDecay: 0.02,
  maxSteps: 400,
  patienceSteps: 25,
  backend: 'wasm',
};

/** A linear softmax classifier: `softmax(features × kernel + bias)`. */
export interface SoftmaxHead {
  /** `[width, classes]` */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  /** Steps after which it was best. */
  readonly steps: number;
}

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const CHECK_EVERY_STEPS = 5;

/**
 * Trains a softmax head on all rows at once with TensorFlow.js (Adam with decoupled weight decay), and keeps the weights
 * that were best on the validation rows. Features are standardised inside; the result takes them as they are.
 */
export async function trainSoftmaxHead(
  train: FeatureRows,
  validation: FeatureRows,
  options: HeadOptions,
): Promise<SoftmaxHead> {
  await startTfjs(options.backend);
  const scope = tf.engine();
  scope.startScope();
  try {
    return await descend(train, validation, options);
  } finally {
    scope.endScope();
  }
}

/** Probabilities of a head with softmax, `[count, classes]`. */
export function applySoftmaxHead(head: SoftmaxHead, features: Float32Array, count: number): Float32Array {
  const classes = head.bias.length;
  const logits = headLogits(head, features, count);
  for (let row = 0; row < count; row++) {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    own.set(softmax(own));
  }
  return logits;
}

/** What a head's probabilities are made of, `[count, classes]`. */
export function headLogits(head: SoftmaxHead, features: Float32Array, count: number): Float32Array {
  const classes = head.bias.length;
  const width = head.kernel.length / classes;
  const result = new Float32Array(count * classes);
  for (let row = 0; row < count; row++) {
    const logits = Float32Array.from(head.bias);
    for (let at = 0; at < width; at++) {
      const value = features[row * width + at] ?? 0;
      for (let c = 0; c < classes; c++) {
        logits[c] = (logits[c] ?? 0) + value * (head.kernel[at * classes + c] ?? 0);
      }
    }
    result.set(logits, row * classes);
  }
  return result;
}

async function descend(
  train: FeatureRows,
  validation: FeatureRows,
  options: HeadOptions,
): Promise<SoftmaxHead> {
  const { mean, std } = columnMoments(train);
  const { width, classes } = train;
  const x = standardised(train, mean, std);
  const seen = standardised(validation, mean, std);
  // A matrix product with a transposed operand is ten times slower on the WASM backend than one with a transposed copy.
  const turned = tf.transpose(x);
  const labels = tf.tensor2d(train.labels, [train.count, classes]);
  const wanted = tf.tensor2d(validation.labels, [validation.count, classes]);
  const weights = tf.tensor1d([...options.classWeights]);
  const counted = options.link === 'softmax' ? tf.sum(tf.mul(labels, weights), 1, true) : tf.onesLike(labels);
  const share = tf.div(counted, train.count);

  const kernel = startOf([width, classes]);
  const bias = startOf([classes]);
  let best = {
    loss: Number.POSITIVE_INFINITY,
    kernel: new Float32Array(),
    bias: new Float32Array(),
    steps: 0,
  };
  for (let step = 1; step <= options.maxSteps; step++) {
    tf.tidy(() => {
      const logits = tf.add(tf.matMul(x, kernel.value as tf.Variable<tf.Rank.R2>), bias.value);
      const error = tf.mul(
        tf.sub(options.link === 'softmax' ? tf.softmax(logits) : tf.sigmoid(logits), labels),
        share,
      );
      adamStep(kernel, tf.matMul(turned, error), step, options);
      adamStep(bias, tf.sum(error, 0), step, { ...options, weightDecay: 0 });
    });
    if (step % CHECK_EVERY_STEPS !== 0 && step !== options.maxSteps) continue;
    const loss = await lossOf(seen, wanted, kernel.value, bias.value, options.link);
    if (loss < best.loss) {
      best = {
        loss,
        kernel: Float32Array.from(await kernel.value.data()),
        bias: Float32Array.from(await bias.value.data()),
        steps: step,
      };
    }
    if (step - best.steps >= options.patienceSteps) break;
  }
  return unstandardised(best, mean, std);
}

/** A weight with Adam's moving averages of its gradient and of the gradient's square. */
interface Descending {
  readonly value: tf.Variable;
  readonly mean: tf.Variable;
  readonly square: tf.Variable;
}

function startOf(dims: number[]): Descending {
  const zero = (): tf.Variable => tf.variable(tf.zeros(dims), false);
  return { value: zero(), mean: zero(), square: zero() };
}

function adamStep(
  { value, mean, square }: Descending,
  gradient: tf.Tensor,
  step: number,
  { learningRate, weightDecay }: Pick<HeadOptions, 'learningRate' | 'weightDecay'>,
): void {
  mean.assign(tf.add(tf.mul(mean, BETA_1), tf.mul(gradient, 1 - BETA_1)));
  square.assign(tf.add(tf.mul(square, BETA_2), tf.mul(tf.square(gradient), 1 - BETA_2)));
  const rate = (learningRate * Math.sqrt(1 - BETA_2 ** step)) / (1 - BETA_1 ** step);
  const moved = tf.sub(value, tf.mul(tf.div(mean, tf.add(tf.sqrt(square), 1e-8)), rate));
  value.assign(tf.sub(moved, tf.mul(value, learningRate * weightDecay)));
}

async function lossOf(
  x: tf.Tensor2D,
  labels: tf.Tensor,
  kernel: tf.Tensor,
  bias: tf.Tensor,
  link: HeadLink,
): Promise<number> {
  const loss = tf.tidy(() => {
    const logits = tf.add(tf.matMul(x, kernel as tf.Tensor2D), bias);
    const chances = link === 'softmax' ? tf.mul(labels, tf.logSoftmax(logits)) : logChances(labels, logits);
    return tf.neg(tf.mean(tf.sum(chances, 1)));
  });
  const [value = Number.NaN] = await loss.data();
  loss.dispose();
  return value;
}

/** Logarithms of the probabilities that labels which are there or not have what they have. */
function logChances(labels: tf.Tensor, logits: tf.Tensor): tf.Tensor {
  const absent = tf.mul(tf.sub(1, labels), tf.logSigmoid(tf.neg(logits)));
  return tf.add(tf.mul(labels, tf.logSigmoid(logits)), absent);
}

/** Mean and spread of each feature. */
export function columnMoments({ features, count, width }: FeatureRows): {
  mean: Float32Array;
  std: Float32Array;
} {
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  for (let row = 0; row < count; row++) {
    for (let at = 0; at < width; at++) {
      const value = features[row * width + at] ?? 0;
      mean[at] = (mean[at] ?? 0) + value / count;
      square[at] = (square[at] ?? 0) + (value * value) / count;
    }
  }
  const std = square.map((value, at) => Math.sqrt(Math.max(0, value - (mean[at] ?? 0) ** 2)) + 1e-3);
  return { mean: Float32Array.from(mean), std: Float32Array.from(std) };
}

/** Features with mean 0 and spread 1. */
export function standardised(rows: FeatureRows, mean: Float32Array, std: Float32Array): tf.Tensor2D {
  return tf.tidy(() =>
    tf.div(tf.sub(tf.tensor2d(rows.features, [rows.count, rows.width]), tf.tensor1d(mean)), tf.tensor1d(std)),
  );
}

/** The same classifier for features as they come. */
export function unstandardised(
  { kernel, bias, steps }: SoftmaxHead,
  mean: Float32Array,
  std: Float32Array,
): SoftmaxHead {
  const classes = bias.length;
  const plain = kernel.map((value, index) => value / (std[Math.floor(index / classes)] ?? 1));
  const shifted = bias.map((value, c) =>
    mean.reduce((sum, centre, at) => sum - centre * (plain[at * classes + c] ?? 0), value),
  );
  return { kernel: plain, bias: shifted, steps };
}
