import { rank } from '../roc.js';
import type { SoftmaxHead } from './softmax-head.js';

/** How well one label was told. */
interface LabelFigures {
  readonly label: string;
  /** Pictures that have it. */
  readonly positives: number;
  /** Mean of the precisions at each picture that has it, ranked by probability; `null` where none has it. */
  readonly averagePrecision: number | null;
  /** At the label's threshold. */
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  readonly threshold: number;
}

/** How well several labels a picture were told. */
export interface LabelMetrics {
  readonly images: number;
  /** Over the labels of `counted`, as are the next two; `null` where there are none. */
  readonly meanAveragePrecision: number | null;
  readonly macroF1: number | null;
  /** Share of pictures that have the label which is most probable. */
  readonly firstWorn: number | null;
  /** Labels that nearly every picture has, or none, tell nothing and are left out of the figures above. */
  readonly counted: readonly string[];
  readonly byLabel: readonly LabelFigures[];
}

/** A label on more pictures than this is told by saying it always. */
const NEARLY_ALL = 0.9;

/**
 * @param truth `[images, labels]`, 1 or 0
 * @param probabilities `[images, labels]`
 * @param thresholds one a label, from which on it counts as told
 */
export function scoreLabels(
  labels: readonly string[],
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  thresholds: readonly number[],
): LabelMetrics {
  const images = truth.length / labels.length;
  const column = (values: ArrayLike<number>, at: number): number[] =>
    Array.from({ length: images }, (_, row) => values[row * labels.length + at] ?? 0);
  const byLabel = labels.map((label, at) =>
    figuresOf(label, column(truth, at), column(probabilities, at), thresholds[at] ?? 0.5),
  );
  const isCounted = byLabel.map(({ positives }) => positives > 0 && positives <= images * NEARLY_ALL);
  const counted = byLabel.filter((_, at) => isCounted[at]);
  const hits = Array.from({ length: images }, (_, row) => {
    const own = labels.map((__, at) => (isCounted[at] ? (probabilities[row * labels.length + at] ?? 0) : -1));
    return truth[row * labels.length + own.indexOf(Math.max(...own))] ?? 0;
  });
  return {
    images,
    meanAveragePrecision: mean(counted.map(({ averagePrecision }) => averagePrecision ?? 0)),
    macroF1: mean(counted.map(({ f1 }) => f1 ?? 0)),
    firstWorn: counted.length === 0 ? null : mean(hits),
    counted: counted.map(({ label }) => label),
    byLabel,
  };
}

function figuresOf(
  label: string,
  truth: readonly number[],
  probabilities: readonly number[],
  threshold: number,
): LabelFigures {
  const told = probabilities.map((probability) => probability >= threshold);
  const positives = truth.filter((value) => value === 1).length;
  const claimed = told.filter(Boolean).length;
  const hits = told.filter((isTold, row) => isTold && truth[row] === 1).length;
  return {
    label,
    positives,
    averagePrecision: averagePrecision(truth, probabilities),
    precision: claimed === 0 ? null : hits / claimed,
    recall: positives === 0 ? null : hits / positives,
    f1: positives + claimed === 0 ? null : (2 * hits) / (positives + claimed),
    threshold,
  };
}

/** Mean of the precisions at each picture that has the label, ranked by probability; `null` where none has it. */
export function averagePrecision(truth: readonly number[], probabilities: readonly number[]): number | null {
  const steps = stepsDown(truth, probabilities);
  const positives = steps.at(-1)?.hits ?? 0;
  if (positives === 0) return null;
  const sums = steps.map(({ told, hits }, at) => ((hits - (steps[at - 1]?.hits ?? 0)) * hits) / told);
  return sums.reduce((sum, value) => sum + value, 0) / positives;
}

/** The threshold with the largest F1; the higher of two that are as good. */
export function bestThreshold(truth: readonly number[], probabilities: readonly number[]): number {
  const steps = stepsDown(truth, probabilities);
  const positives = steps.at(-1)?.hits ?? 0;
  let best = { f1: 0, threshold: 0.5 };
  for (const { told, hits, threshold } of steps) {
    const f1 = (2 * hits) / (positives + told);
    if (f1 > best.f1) best = { f1, threshold };
  }
  return best.threshold;
}

/** What is told, and how much of it is right, as the threshold falls. Equal probabilities are one step: their order does not matter. */
function stepsDown(
  truth: readonly number[],
  probabilities: readonly number[],
): { readonly threshold: number; readonly told: number; readonly hits: number }[] {
  const { order, groupEnds } = rank(probabilities);
  let hits = 0;
  return [0, ...groupEnds.slice(0, -1)].reverse().map((from, at) => {
    const group = order.slice(from, groupEnds.at(-1 - at));
    hits += group.reduce((sum, row) => sum + (truth[row] ?? 0), 0);
    return { threshold: probabilities[order[from] ?? 0] ?? 0.5, told: order.length - from, hits };
  });
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What a head said of pictures that it was not trained on. */
export interface HeldOutLabels {
  /** 1 where a picture has a label, `[images, labels]`. */
  readonly targets: Float32Array;
  /** `[images, labels]` */
  readonly logits: Float32Array;
}

interface CalibratedHead {
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
