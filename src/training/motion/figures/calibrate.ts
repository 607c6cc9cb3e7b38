/** The logarithm of a class's probability times `slope` plus `bias`, made to sum to 1 over the classes again. */
export interface ClassCalibration {
  readonly slope: number;
  readonly bias: number;
}

/** What a model said of a window, and which class was true. */
export interface CalibrationSample {
  readonly probabilities: readonly number[];
  readonly truth: number;
}

const LEAST_PROBABILITY = 1e-6;
/** Few samples leave probabilities as they are. */
const RIDGE = 1e-3;
const STEPS = 300;
const LEAST_SLOPE = 0.01;
/** Steps shorter than this change nothing that matters. */
const LEAST_STEP = 1e-6;

/**
 * Fits one slope and bias a class, so that probabilities are as often right as they say (for two classes: beta calibration).
 * The mean logarithmic loss is convex in them; gradient descent with a step that adapts is enough.
 */
export function calibrate(samples: readonly CalibrationSample[], classCount: number): ClassCalibration[] {
  const logs = Float64Array.from(
    samples.flatMap(({ probabilities }) =>
      probabilities.map((probability) => Math.log(Math.max(LEAST_PROBABILITY, probability))),
    ),
  );
  const truths = Uint8Array.from(samples, ({ truth }) => truth);
  let current: Fit = { slopes: new Float64Array(classCount).fill(1), biases: new Float64Array(classCount) };
  let { loss, gradient } = lossOf(current, logs, truths);
  let step = 1;
  for (let count = 0; count < STEPS && step > LEAST_STEP; count++) {
    const { slopes, biases } = gradient;
    const next = {
      slopes: current.slopes.map((slope, at) => Math.max(LEAST_SLOPE, slope - step * (slopes[at] ?? 0))),
      biases: current.biases.map((bias, at) => bias - step * (biases[at] ?? 0)),
    };
    const reached = lossOf(next, logs, truths);
    if (reached.loss < loss) {
      current = next;
      ({ loss, gradient } = reached);
      step *= 1.5;
    } else step /= 2;
  }
  const { slopes, biases } = current;
  return Array.from(slopes, (slope, at) => ({ slope, bias: biases[at] ?? 0 }));
}

/** One value a class. */
interface Fit {
  readonly slopes: Float64Array;
  readonly biases: Float64Array;
}

/**
 * Mean logarithmic loss with its gradient. It runs over all samples hundreds of times, so it allocates nothing a sample.
 *
 * @param logs `[samples, classes]`
 */
function lossOf(
  { slopes, biases }: Fit,
  logs: Float64Array,
  truths: Uint8Array,
): { readonly loss: number; readonly gradient: Fit } {
  const classCount = slopes.length;
  const scores = new Float64Array(classCount);
  const gradient = { slopes: new Float64Array(classCount), biases: new Float64Array(classCount) };
  let loss = 0;
  const addTo = (sums: Float64Array, at: number, value: number): void => {
    sums[at] = (sums[at] ?? 0) + value;
  };
  truths.forEach((truth, row) => {
    let highest = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < classCount; at++) {
      const score = (slopes[at] ?? 0) * (logs[row * classCount + at] ?? 0) + (biases[at] ?? 0);
      scores[at] = score;
      highest = Math.max(highest, score);
    }
    let whole = 0;
    for (let at = 0; at < classCount; at++) whole += Math.exp((scores[at] ?? 0) - highest);
    loss += highest + Math.log(whole) - (scores[truth] ?? 0);
    for (let at = 0; at < classCount; at++) {
      const excess = Math.exp((scores[at] ?? 0) - highest) / whole - (at === truth ? 1 : 0);
      addTo(gradient.slopes, at, excess * (logs[row * classCount + at] ?? 0));
      addTo(gradient.biases, at, excess);
    }
  });
  const count = Math.max(1, truths.length);
  const { ridge, pull } = ridgeOf(slopes, biases);
  return {
    loss: loss / count + ridge,
    gradient: {
      slopes: gradient.slopes.map((sum, at) => sum / count + (pull.slopes[at] ?? 0)),
      biases: gradient.biases.map((sum, at) => sum / count + (pull.biases[at] ?? 0)),
    },
  };
}

/** What holds slopes near one and biases near zero, with its gradient. */
function ridgeOf(slopes: Float64Array, biases: Float64Array): { readonly ridge: number; readonly pull: Fit } {
  const distances = [...slopes.map((slope) => slope - 1), ...biases];
  return {
    ridge: RIDGE * distances.reduce((sum, distance) => sum + distance ** 2, 0),
    pull: {
      slopes: slopes.map((slope) => 2 * RIDGE * (slope - 1)),
      biases: biases.map((bias) => 2 * RIDGE * bias),
    },
  };
}
