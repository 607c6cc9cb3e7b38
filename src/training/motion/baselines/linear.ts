import type { FeatureClassifier, FeatureTask } from './baseline.js';

/** Weight of the penalty on large coefficients, in rows. */
const RIDGE = 1;
const MAX_STEPS = 15;
/** It has converged when no coefficient moves further. */
const SMALLEST_MOVE = 1e-3;
/** Rows that are added to the matrix at once. */
const BLOCK_ROWS = 4;

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
  const rows = rowsOf(train, width);
  const curvatures = new Float64Array(rows.length / width);
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
      for (let at = 0; at < width; at++) {
        gradient[at] = (gradient[at] ?? 0) + error * (rows[index * width + at] ?? 0);
      }
      curvatures[index] = weight * share * (1 - share);
    });
    addCurvatures(rows, curvatures, hessian);
    const move = solveSymmetric(hessian, gradient);
    for (let at = 0; at < width; at++) coefficients[at] = (coefficients[at] ?? 0) + (move[at] ?? 0);
    if (move.every((value) => Math.abs(value) < SMALLEST_MOVE)) break;
  }
  return coefficients;
}

/** Rows side by side, each with a 1 behind its features if there is a constant, and rows of zeros to fill the last block. */
function rowsOf(train: readonly Float64Array[], width: number): Float64Array {
  const blocks = Math.ceil(train.length / BLOCK_ROWS);
  const rows = new Float64Array(blocks * BLOCK_ROWS * width);
  train.forEach((row, index) => {
    rows.fill(1, index * width, (index + 1) * width);
    rows.set(row, index * width);
  });
  return rows;
}

/**
 * Adds rows to the lower half of the second derivatives, a block at a time: nearly all the time of a fit is spent here,
 * and reading and writing the matrix once a row takes three times as long. Sums are the same, in the order of the rows.
 */
function addCurvatures(rows: Float64Array, curvatures: Float64Array, hessian: Float64Array): void {
  const width = rows.length / curvatures.length;
  for (let index = 0; index < curvatures.length; index += BLOCK_ROWS) {
    const a = index * width;
    const [b, c, d] = [a + width, a + 2 * width, a + 3 * width];
    for (let at = 0; at < width; at++) {
      const byA = (curvatures[index] ?? 0) * (rows[a + at] ?? 0);
      const byB = (curvatures[index + 1] ?? 0) * (rows[b + at] ?? 0);
      const byC = (curvatures[index + 2] ?? 0) * (rows[c + at] ?? 0);
      const byD = (curvatures[index + 3] ?? 0) * (rows[d + at] ?? 0);
      const line = at * width;
      for (let other = 0; other <= at; other++) {
        hessian[line + other] =
          (hessian[line + other] ?? 0) +
          byA * (rows[a + other] ?? 0) +
          byB * (rows[b + other] ?? 0) +
          byC * (rows[c + other] ?? 0) +
          byD * (rows[d + other] ?? 0);
      }
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
