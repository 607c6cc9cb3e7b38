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
  const logs = samples.map(({ probabilities }) =>
    probabilities.map((probability) => Math.log(Math.max(LEAST_PROBABILITY, probability))),
  );
  const truths = samples.map(({ truth }) => truth);
  let current = Array.from({ length: classCount }, () => ({ slope: 1, bias: 0 }));
  let { loss, gradient } = lossOf(current, logs, truths);
  let step = 1;
  for (let count = 0; count < STEPS && step > LEAST_STEP; count++) {
    const next = current.map(({ slope, bias }, at) => ({
      slope: Math.max(LEAST_SLOPE, slope - step * (gradient[at]?.slope ?? 0)),
      bias: bias - step * (gradient[at]?.bias ?? 0),
    }));
    const reached = lossOf(next, logs, truths);
    if (reached.loss < loss) {
      current = next;
      ({ loss, gradient } = reached);
      step *= 1.5;
    } else step /= 2;
  }
  return current;
}

/** Mean logarithmic loss with its gradient. */
function lossOf(
  calibration: readonly ClassCalibration[],
  logs: readonly (readonly number[])[],
  truths: readonly number[],
): { readonly loss: number; readonly gradient: readonly ClassCalibration[] } {
  const slopes = calibration.map(({ slope }) => 2 * RIDGE * (slope - 1));
  const biases = calibration.map(({ bias }) => 2 * RIDGE * bias);
  let loss = RIDGE * calibration.reduce((sum, { slope, bias }) => sum + (slope - 1) ** 2 + bias ** 2, 0);
  for (const [row, values] of logs.entries()) {
    const truth = truths[row] ?? 0;
    const scores = calibration.map(({ slope, bias }, at) => slope * (values[at] ?? 0) + bias);
    const highest = Math.max(...scores);
    const whole = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
    loss += (highest + Math.log(whole) - (scores[truth] ?? 0)) / logs.length;
    for (const [at, score] of scores.entries()) {
      const excess = (Math.exp(score - highest) / whole - (at === truth ? 1 : 0)) / logs.length;
      slopes[at] = (slopes[at] ?? 0) + excess * (values[at] ?? 0);
      biases[at] = (biases[at] ?? 0) + excess;
    }
  }
  return { loss, gradient: slopes.map((slope, at) => ({ slope, bias: biases[at] ?? 0 })) };
}
