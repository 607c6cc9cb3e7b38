import { type Scored, scoreTarget, type TargetMetrics } from '../../metrics.js';
import { createRandom, shuffled } from '../../random.js';
import { rocCurves } from '../../roc.js';
import { type DataSet, UNKNOWN } from '../data/data-set.js';
import { type FigureIntervals, subjectIntervals } from '../figures/subject-intervals.js';
import type { HyperParameters } from '../network/hyper-parameters.js';
import type { EpochRecord } from '../run/train-request.js';
import { type Fold, splitBySubject } from './protocols.js';

/** What a fold's network said about the windows it was not trained on. */
export interface FoldResult {
  readonly name: string;
  readonly test: readonly number[];
  /** By target: `[test, classes]`. */
  readonly probabilities: ReadonlyMap<string, Float32Array>;
  readonly history: readonly EpochRecord[];
  readonly bestEpoch: number;
}

/** Figures of a protocol for one target. */
export interface ProtocolFigures {
  /** Over the test windows of all folds together. */
  readonly pooled: TargetMetrics;
  /** By subject; subjects without a labelled window are left out. */
  readonly bySubject: ReadonlyMap<string, TargetMetrics>;
  /** 95 % intervals over subjects; `null` with fewer than two. */
  readonly intervals: FigureIntervals | null;
  /** ROC curves: of the second of two classes, or of each class against the rest. */
  readonly roc: readonly (readonly (readonly [number, number])[])[];
  /** What always saying the most frequent class of the training windows would reach. */
  readonly majority: TargetMetrics;
}

/** Intervals of one measurement do not depend on how its networks started. */
const INTERVAL_SEED = 1;

/** Subjects of a fold's training windows that choose the best epoch, and those left to learn from. */
export function holdOutValidation(
  dataSet: DataSet,
  train: readonly number[],
  hyper: Pick<HyperParameters, 'validationShare' | 'seed'>,
): { readonly train: readonly number[]; readonly validation: readonly number[] } {
  const present = new Set(train.map((index) => dataSet.subjectOf[index]));
  const subjects = dataSet.subjects.filter((_, number) => present.has(number));
  const size = Math.round(subjects.length * hyper.validationShare);
  const chosen = shuffled(subjects, createRandom(hyper.seed, 4)).slice(0, size);
  const { inside, outside } = splitBySubject(dataSet, train, chosen);
  return { train: outside, validation: inside };
}

/** Puts the folds of a protocol together. */
export function figuresOf(
  dataSet: DataSet,
  target: string,
  folds: readonly Fold[],
  results: readonly FoldResult[],
  threshold?: number,
): ProtocolFigures {
  const { indices, probabilities } = joinedResults(results, target);
  const guesses = joined(
    results.map((result) => {
      const fold = folds.find(({ name }) => name === result.name);
      return majorityProbabilities(dataSet, target, fold?.train ?? [], result.test.length);
    }),
  );
  return {
    ...figuresOfWindows(dataSet, target, indices, probabilities, threshold),
    majority: scoreWindows(dataSet, target, indices, guesses),
  };
}

/** The test windows of all folds, and what was said of them: `[indices, classes]`. */
export function joinedResults(
  results: readonly FoldResult[],
  target: string,
): { readonly indices: readonly number[]; readonly probabilities: Float32Array } {
  return {
    indices: results.flatMap((result) => result.test),
    probabilities: joined(results.map((result) => result.probabilities.get(target) ?? new Float32Array())),
  };
}

/**
 * Figures over some windows, over people, and by person.
 *
 * @param probabilities `[indices, classes]`
 */
export function figuresOfWindows(
  dataSet: DataSet,
  target: string,
  indices: readonly number[],
  probabilities: Float32Array,
  threshold?: number,
): Omit<ProtocolFigures, 'majority'> {
  const scored = knownWindows(dataSet, target, indices, probabilities, threshold);
  const subjects = scored.indices.map((index) => dataSet.subjectOf[index] ?? 0);
  const bySubject = dataSet.subjects.map((subject, number): [string, TargetMetrics] => {
    const rows = indices.flatMap((index, row) => (dataSet.subjectOf[index] === number ? [row] : []));
    const classes = scored.classes.length;
    const own = joined(rows.map((row) => probabilities.subarray(row * classes, (row + 1) * classes)));
    const ownIndices = rows.map((row) => indices[row] ?? 0);
    return [subject, scoreWindows(dataSet, target, ownIndices, own, threshold)];
  });
  return {
    pooled: scoreTarget(scored),
    bySubject: new Map(bySubject.filter(([, metrics]) => metrics.windows > 0)),
    intervals: subjectIntervals({ ...scored, subjects, seed: INTERVAL_SEED }),
    roc: rocCurves(scored),
  };
}

/** Certainty in the most frequent class of the training windows. */
function majorityProbabilities(
  dataSet: DataSet,
  target: string,
  train: readonly number[],
  count: number,
): Float32Array {
  const classes = dataSet.heads.find((head) => head.name === target)?.classes ?? [];
  const labels = dataSet.labels.get(target);
  const counts = classes.map((_, at) => train.filter((index) => labels?.[index] === at).length);
  const winner = counts.indexOf(Math.max(...counts));
  return Float32Array.from({ length: count * classes.length }, (_, at) =>
    at % classes.length === winner ? 1 : 0,
  );
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/**
 * Scores one head over those of the given windows whose label is known.
 *
 * @param probabilities `[indices, classes]`
 * @param threshold of the positive class of a binary head
 */
export function scoreWindows(
  dataSet: DataSet,
  head: string,
  indices: readonly number[],
  probabilities: Float32Array,
  threshold?: number,
): TargetMetrics {
  return scoreTarget(knownWindows(dataSet, head, indices, probabilities, threshold));
}

/** Those of the given windows whose label is known, ready to be scored. */
function knownWindows(
  dataSet: DataSet,
  head: string,
  indices: readonly number[],
  probabilities: Float32Array,
  threshold = 0.5,
): Scored & { readonly indices: readonly number[] } {
  const classes = dataSet.heads.find((spec) => spec.name === head)?.classes ?? [];
  const labels = dataSet.labels.get(head);
  const known = indices.map((index) => labels?.[index] ?? UNKNOWN);
  const rows = known.flatMap((label, row) => (label === UNKNOWN ? [] : [row]));
  const size = classes.length;
  return {
    indices: rows.map((row) => indices[row] ?? 0),
    classes,
    truth: rows.map((row) => known[row] ?? UNKNOWN),
    probabilities: rows.flatMap((row) => [...probabilities.subarray(row * size, (row + 1) * size)]),
    threshold,
  };
}
