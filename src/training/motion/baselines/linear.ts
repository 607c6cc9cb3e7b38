import type { FeatureClassifier, FeatureTask } from './baseline.js';

/** Weight of the penalty on large coefficients, in rows. */
const RIDGE = 1;
const MAX_STEPS = 15;
/** It has converged when no coefficient moves further. */
const SMALLEST_MOVE = 1e-3;

/**
 * Logistic regression with a ridge penalty, fitted by Newton's method; classes count alike, however frequent. Of more than
 * two classes each is fitted against the rest.
 */
export const classifyByLinear: FeatureClassifier = (task) => {
  const { classes, test } = task;
  const fitted = classes === 2 ? [1] : Array.from({ length: classes }, (_, at) => at);
  const models = fitted.map((positive) => coefficientsOf(task, positive));
  const result = new Float32Array(test.length * classes);
  test.forEach((row, index) => {
    const scores = models.map((coefficients) => sigmoid(scoreOf(coefficients, row)));
    const [score = 0] = scores;
    const shares = classes === 2 ? [1 - score, score] : normalised(scores);
    result.set(shares, index * classes);
  });
  return Promise.resolve(result);
};

/** Coefficients of the features, and last the constant if there is to be one. */
export function coefficientsOf(
  { train, labels }: Pick<FeatureTask, 'train' | 'labels'>,
  positive: number,
  hasConstant = true,
): Float64Array {
  const features = train[0]?.length ?? 0;
  const width = features + (hasConstant ? 1 : 0);
  const positives = labels.filter((label) => label === positive).length;
  const weightOf = (label: number): number =>
    labels.length / (2 * (label === positive ? positives : labels.length - positives));
  const coefficients = new Float64Array(width);
  for (let step = 0; step < MAX_STEPS; step++) {
    const gradient = new Float64Array(width);
    const hessian = new Float64Array(width * width);
    for (let at = 0; at < width; at++) {
      const ridge = at === features ? 0 : RIDGE;
      gradient[at] = -ridge * (coefficients[at] ?? 0);
      // A little on the constant too, so that the matrix can always be solved.
      hessian[at * width + at] = ridge + 1e-6;
    }
    train.forEach((row, index) => {
      const label = labels[index] ?? 0;
      const share = sigmoid(scoreOf(coefficients, row));
      const weight = weightOf(label);
      const error = weight * ((label === positive ? 1 : 0) - share);
      addRow(row, error, weight * share * (1 - share), gradient, hessian);
    });
    const move = solveSymmetric(hessian, gradient);
    for (let at = 0; at < width; at++) coefficients[at] = (coefficients[at] ?? 0) + (move[at] ?? 0);
    if (move.every((value) => Math.abs(value) < SMALLEST_MOVE)) break;
  }
  return coefficients;
}

/** Adds a row to the gradient and to the lower half of the second derivatives. */
function addRow(
  row: Float64Array,
  error: number,
  curvature: number,
  gradient: Float64Array,
  hessian: Float64Array,
): void {
  const width = gradient.length;
  for (let at = 0; at < width; at++) {
    const value = row[at] ?? 1;
    gradient[at] = (gradient[at] ?? 0) + error * value;
    const factor = curvature * value;
    const from = at * width;
    for (let other = 0; other <= at; other++) {
      hessian[from + other] = (hessian[from + other] ?? 0) + factor * (row[other] ?? 1);
    }
  }
}

/** Cholesky's method, in place, on the lower half of a positive definite matrix. */
function solveSymmetric(matrix: Float64Array, right: Float64Array): Float64Array {
  const width = right.length;
  const at = (row: number, column: number): number => matrix[row * width + column] ?? 0;
  for (let row = 0; row < width; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = at(row, column);
      for (let k = 0; k < column; k++) sum -= at(row, k) * at(column, k);
      matrix[row * width + column] =
        row === column ? Math.sqrt(Math.max(sum, Number.EPSILON)) : sum / at(column, column);
    }
  }
  const solution = right.slice();
  for (let row = 0; row < width; row++) {
    let sum = solution[row] ?? 0;
    for (let k = 0; k < row; k++) sum -= at(row, k) * (solution[k] ?? 0);
    solution[row] = sum / at(row, row);
  }
  for (let row = width - 1; row >= 0; row--) {
    let sum = solution[row] ?? 0;
    for (let k = row + 1; k < width; k++) sum -= at(k, row) * (solution[k] ?? 0);
    solution[row] = sum / at(row, row);
  }
  return solution;
}

function scoreOf(coefficients: Float64Array, row: Float64Array): number {
  let sum = coefficients[row.length] ?? 0;
  for (let at = 0; at < row.length; at++) sum += (row[at] ?? 0) * (coefficients[at] ?? 0);
  return sum;
}

function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

function normalised(scores: readonly number[]): number[] {
  const sum = scores.reduce((total, score) => total + score, 0);
  return scores.map((score) => (sum === 0 ? 1 / scores.length : score / sum));
}
