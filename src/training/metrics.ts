import { areaUnderRoc, rank } from './roc.js';

/** How well one target was told, over windows whose label is known. */
export interface TargetMetrics {
  readonly windows: number;
  readonly classes: readonly string[];
  readonly accuracy: number;
  /** Mean recall over the classes that occur. */
  readonly balancedAccuracy: number;
  /** Mean F1 over the classes that occur or were predicted. */
  readonly macroF1: number;
  /** `confusion[truth][prediction]`, windows. */
  readonly confusion: readonly (readonly number[])[];
  /** One a class; `null` where the class was never predicted. */
  readonly precision: readonly (number | null)[];
  /** One a class; `null` where the class does not occur. */
  readonly recall: readonly (number | null)[];
  /** Area under the ROC curve, mean over classes against the rest; `null` with one class. */
  readonly rocAuc: number | null;
  /** Expected calibration error: mean distance of confidence and accuracy over ten bins of confidence. */
  readonly calibrationError: number;
}

export interface Scored {
  readonly classes: readonly string[];
  /** Class of each window. */
  readonly truth: readonly number[];
  /** `[windows, classes]`. */
  readonly probabilities: ArrayLike<number>;
  /** Two classes: the second is predicted from this probability on. */
  readonly threshold?: number;
}

export const CALIBRATION_BINS = 10;

export function scoreTarget({ classes, truth, probabilities, threshold = 0.5 }: Scored): TargetMetrics {
  const size = classes.length;
  const rows = truth.map((_, row) =>
    Array.from({ length: size }, (__, at) => probabilities[row * size + at] ?? 0),
  );
  const predicted = rows.map((row) => decide(row, threshold));
  const confusion = classes.map(() => classes.map(() => 0));
  truth.forEach((label, row) => {
    const cells = confusion[label];
    const prediction = predicted[row] ?? 0;
    if (cells !== undefined) cells[prediction] = (cells[prediction] ?? 0) + 1;
  });
  return {
    windows: truth.length,
    classes,
    confusion,
    ...confusionFigures(confusion),
    rocAuc: rocAuc(truth, rows, size),
    calibrationError: calibrationError(truth, rows, predicted),
  };
}

/** What follows from the confusion matrix alone. */
export type ConfusionFigures = Pick<
  TargetMetrics,
  'accuracy' | 'balancedAccuracy' | 'macroF1' | 'precision' | 'recall'
>;

export function confusionFigures(confusion: TargetMetrics['confusion']): ConfusionFigures {
  const hits = confusion.map((row, at) => row[at] ?? 0);
  const occurring = confusion.map(sum);
  const claimed = confusion.map((_, at) => sum(confusion.map((row) => row[at] ?? 0)));
  const recall = hits.map((hit, at) => ratio(hit, occurring[at] ?? 0));
  const precision = hits.map((hit, at) => ratio(hit, claimed[at] ?? 0));
  const f1 = hits.map((hit, at) => ratio(2 * hit, (occurring[at] ?? 0) + (claimed[at] ?? 0)));
  return {
    accuracy: ratio(sum(hits), sum(occurring)) ?? 0,
    balancedAccuracy: meanOfPresent(recall),
    macroF1: meanOfPresent(f1),
    precision,
    recall,
  };
}

/** The most probable class; with two classes the second from the threshold on. */
export function decide(probabilities: readonly number[], threshold: number): number {
  if (probabilities.length === 2) return (probabilities[1] ?? 0) >= threshold ? 1 : 0;
  return probabilities.indexOf(Math.max(...probabilities));
}

function rocAuc(truth: readonly number[], rows: readonly (readonly number[])[], size: number): number | null {
  const classes = size === 2 ? [1] : Array.from({ length: size }, (_, at) => at);
  const areas = classes.map((at) =>
    areaUnderRoc(
      rank(rows.map((row) => row[at] ?? 0)),
      truth.map((label) => label === at),
    ),
  );
  return areas.every((area) => area === null) ? null : meanOfPresent(areas);
}

function calibrationError(
  truth: readonly number[],
  rows: readonly (readonly number[])[],
  predicted: readonly number[],
): number {
  const bins = Array.from({ length: CALIBRATION_BINS }, () => ({ confidence: 0, hits: 0 }));
  rows.forEach((row, index) => {
    const prediction = predicted[index] ?? 0;
    const confidence = row[prediction] ?? 0;
    const bin = bins[binOf(confidence)];
    if (bin === undefined) return;
    bin.confidence += confidence;
    bin.hits += prediction === truth[index] ? 1 : 0;
  });
  return ratio(sum(bins.map(({ confidence, hits }) => Math.abs(confidence - hits))), rows.length) ?? 0;
}

/** Bin of confidence, for the calibration error. */
export function binOf(confidence: number): number {
  return Math.min(CALIBRATION_BINS - 1, Math.floor(confidence * CALIBRATION_BINS));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

export function meanOfPresent(values: readonly (number | null)[]): number {
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? 0 : sum(present) / present.length;
}

/** The first fold's figures with the images and confusions of all folds together. */
export function sumOfFolds(folds: readonly TargetMetrics[]): TargetMetrics | undefined {
  const [first] = folds;
  if (first === undefined) return undefined;
  const confusion = first.confusion.map((row, truth) =>
    row.map((_, told) => folds.reduce((sum, fold) => sum + (fold.confusion[truth]?.[told] ?? 0), 0)),
  );
  return { ...first, windows: folds.reduce((sum, { windows }) => sum + windows, 0), confusion };
}
