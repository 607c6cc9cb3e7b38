import * as tf from '@tensorflow/tfjs-core';
import { startTfjs } from '../tfjs-start.js';
import {
  columnMoments,
  type FeatureRows,
  type SoftmaxHead,
  standardised,
  unstandardised,
} from './softmax-head.js';

/** What weights cost beside the mean loss of a row: chosen on folds of clothing-on-people from 0.1, 0.3, 1 and 3. */
const RIDGE = 1;
const STEPS = 30;

/**
 * Trains a head that says of each label whether a row has it: logistic regression with a ridge, by L-BFGS on all rows.
 * There are more features than rows, so what holds it back is the ridge; it needs no rows put aside.
 */
export async function trainLabelHead(rows: FeatureRows, signal: AbortSignal): Promise<SoftmaxHead> {
  await startTfjs('wasm');
  const { mean, std } = columnMoments(rows);
  const x = standardised(rows, mean, std);
  // A matrix product with a transposed operand is ten times slower on the WASM backend than one with a transposed copy.
  const turned = tf.transpose(x);
  try {
    const size = rows.width * rows.classes;
    const start = new Float32Array(size + rows.classes);
    start.set(startingBias(rows), size);
    const slopeAt = (weights: Float32Array): Promise<Slope> => {
      signal.throwIfAborted();
      return slopeOf(rows, x, turned, weights);
    };
    const weights = await minimise(slopeAt, start, STEPS);
    const head = { kernel: weights.slice(0, size), bias: weights.slice(size), steps: STEPS };
    return unstandardised(head, mean, std);
  } finally {
    tf.dispose([x, turned]);
  }
}

/** @param weights kernel, then bias */
async function slopeOf(
  { count, width, classes, labels }: FeatureRows,
  x: tf.Tensor2D,
  turned: tf.Tensor2D,
  weights: Float32Array,
): Promise<Slope> {
  const size = width * classes;
  const [kernel, bias] = [weights.subarray(0, size), weights.subarray(size)];
  const sums = await read(() => tf.matMul(x, tf.tensor2d(kernel, [width, classes])));
  const gradient = weights.map((value, at) => (at < size ? RIDGE * value : 0));
  let value = (RIDGE / 2) * kernel.reduce((sum, weight) => sum + weight * weight, 0);
  const errors = sums.map((sum, at) => {
    const [logit, wanted] = [sum + (bias[at % classes] ?? 0), labels[at] ?? 0];
    value += (Math.log1p(Math.exp(-Math.abs(logit))) + Math.max(logit, 0) - wanted * logit) / count;
    const error = (1 / (1 + Math.exp(-logit)) - wanted) / count;
    gradient[size + (at % classes)] = (gradient[size + (at % classes)] ?? 0) + error;
    return error;
  });
  const slopes = await read(() => tf.matMul(turned, tf.tensor2d(errors, [count, classes])));
  slopes.forEach((slope, at) => {
    gradient[at] = (gradient[at] ?? 0) + slope;
  });
  return { value, gradient };
}

async function read(compute: () => tf.Tensor): Promise<Float32Array> {
  const result = tf.tidy(compute);
  const values = Float32Array.from(await result.data());
  result.dispose();
  return values;
}

/** Says of every row how frequent each label is. */
export function startingBias({
  count,
  classes,
  labels,
}: Pick<FeatureRows, 'count' | 'classes' | 'labels'>): Float32Array {
  return Float32Array.from({ length: classes }, (_, label) => {
    const having = labels.reduce((sum, value, at) => (at % classes === label ? sum + value : sum), 0);
    return Math.log((having + 1) / (count - having + 1));
  });
}

/** A function's value and slope at a point. */
interface Slope {
  readonly value: number;
  readonly gradient: Float32Array;
}

/** A step that was taken and how the gradient changed on it. */
interface Step {
  readonly moved: Float32Array;
  readonly changed: Float32Array;
  /** Their dot product. */
  readonly curvature: number;
}

/** Steps that are remembered, and halvings of a step that leads up. */
const MEMORY = 8;
const MOST_HALVINGS = 12;
/** Share of what the slope promises that a step must bring. */
const ENOUGH = 1e-4;

/**
 * The place where a smooth function is smallest, by steps of L-BFGS (Liu & Nocedal 1989).
 *
 * @param slopeAt must not change the point that it is given
 */
export async function minimise(
  slopeAt: (point: Float32Array) => Promise<Slope>,
  start: Float32Array,
  steps: number,
): Promise<Float32Array> {
  let point = start;
  let slope = await slopeAt(point);
  const known: Step[] = [];
  for (let step = 0; step < steps; step++) {
    const way = directionOf(slope.gradient, known);
    const fall = dot(slope.gradient, way);
    let [reach, next] = [1, plus(point, way, -1)];
    let at = await slopeAt(next);
    for (let halving = 0; at.value > slope.value - ENOUGH * reach * fall; halving++) {
      // Single precision tells no smaller differences.
      if (halving === MOST_HALVINGS) return point;
      reach /= 2;
      next = plus(point, way, -reach);
      at = await slopeAt(next);
    }
    const [moved, changed] = [plus(next, point, -1), plus(at.gradient, slope.gradient, -1)];
    const curvature = dot(moved, changed);
    if (curvature > 0) known.push({ moved, changed, curvature });
    if (known.length > MEMORY) known.shift();
    [point, slope] = [next, at];
  }
  return point;
}

/** The gradient, bent by what the last steps told of the curvature. */
function directionOf(gradient: Float32Array, known: readonly Step[]): Float32Array {
  const last = known.at(-1);
  if (last === undefined) {
    const length = gradient.reduce((sum, value) => sum + Math.abs(value), 0);
    return gradient.map((value) => value / Math.max(length, Number.MIN_VALUE));
  }
  let way = gradient;
  const factors = known.toReversed().map(({ moved, changed, curvature }) => {
    const factor = dot(moved, way) / curvature;
    way = plus(way, changed, -factor);
    return factor;
  });
  const scale = last.curvature / dot(last.changed, last.changed);
  way = way.map((value) => value * scale);
  for (const [index, { moved, changed, curvature }] of known.entries()) {
    const factor = factors[known.length - 1 - index] ?? 0;
    way = plus(way, moved, factor - dot(changed, way) / curvature);
  }
  return way;
}

function plus(a: Float32Array, b: Float32Array, factor: number): Float32Array {
  return a.map((value, at) => value + factor * (b[at] ?? 0));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}
