import { type Scored, scoreTarget, type TargetMetrics } from '../metrics.js';
import { type DataSet, UNKNOWN } from './data-set.js';

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
export function knownWindows(
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
