import { bestThreshold } from './label-metrics.js';
import type { SoftmaxHead } from './softmax-head.js';

/** What a head said of pictures that it was not trained on. */
export interface HeldOutLabels {
  /** 1 where a picture has a label, `[images, labels]`. */
  readonly targets: Float32Array;
  /** `[images, labels]` */
  readonly logits: Float32Array;
}

export interface CalibratedHead {
  readonly head: SoftmaxHead;
  /** Of the held-out pictures, `[images, labels]`. */
  readonly probabilities: Float32Array;
  /** One a label, where F1 is largest. */
  readonly thresholds: readonly number[];
}

/** A line through logits: how much they count, and what is added. */
interface Line {
  readonly slope: number;
  readonly offset: number;
}

const STEPS = 50;
/** Holds the line where there is little to learn from: as if a picture had said that the logits are right. */
const PRIOR = 1;

/**
 * Makes probabilities out of a head's sums that hold for pictures it has not seen: a line a label, fitted by likelihood
 * (Platt 1999), becomes part of the head.
 */
export function calibrateHead(head: SoftmaxHead, { targets, logits }: HeldOutLabels): CalibratedHead {
  const labels = head.bias.length;
  const column = (values: Float32Array, label: number): number[] =>
    [...values].filter((_, at) => at % labels === label);
  const lines = [...head.bias.keys()].map((label) => fitLine(column(logits, label), column(targets, label)));
  const lineOf = (at: number): Line => lines[at % labels] ?? { slope: 1, offset: 0 };
  const probabilities = logits.map((value, at) => sigmoid(lineOf(at).slope * value + lineOf(at).offset));
  return {
    head: {
      ...head,
      kernel: head.kernel.map((value, at) => value * lineOf(at).slope),
      bias: head.bias.map((value, at) => value * lineOf(at).slope + lineOf(at).offset),
    },
    probabilities,
    thresholds: lines.map((_, label) => bestThreshold(column(targets, label), column(probabilities, label))),
  };
}

/** Newton's method on the likelihood, with a prior at the line that changes nothing. */
export function fitLine(logits: readonly number[], truth: readonly number[]): Line {
  let line: Line = { slope: 1, offset: 0 };
  for (let step = 0; step < STEPS; step++) {
    let [a, b, aa, ab, bb] = [PRIOR * (line.slope - 1), PRIOR * line.offset, PRIOR, 0, PRIOR];
    logits.forEach((value, row) => {
      const probability = sigmoid(line.slope * value + line.offset);
      const error = probability - (truth[row] ?? 0);
      const curve = probability * (1 - probability);
      a += error * value;
      b += error;
      aa += curve * value * value;
      ab += curve * value;
      bb += curve;
    });
    const determinant = aa * bb - ab * ab;
    const [slopeStep, offsetStep] = [(bb * a - ab * b) / determinant, (aa * b - ab * a) / determinant];
    // A line that falls would turn the order of pictures around.
    line = { slope: Math.max(0.05, line.slope - slopeStep), offset: line.offset - offsetStep };
    if (Math.abs(slopeStep) + Math.abs(offsetStep) < 1e-6) break;
  }
  return line;
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
