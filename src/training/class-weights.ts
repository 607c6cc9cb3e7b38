import { type DataSet, UNKNOWN } from './motion/data-set.js';

/**
 * What a window of each class counts: 1, or the inverse of the class's frequency, so that classes count alike and the
 * mean over the windows is 1.
 */
export function classWeights(
  dataSet: DataSet,
  head: string,
  indices: readonly number[],
  kind: 'none' | 'balanced',
): number[] {
  const classes = dataSet.heads.find((spec) => spec.name === head)?.classes ?? [];
  if (kind === 'none') return classes.map(() => 1);
  const labels = dataSet.labels.get(head);
  const counts = classes.map(() => 0);
  let known = 0;
  for (const index of indices) {
    const label = labels?.[index] ?? UNKNOWN;
    if (label === UNKNOWN) continue;
    counts[label] = (counts[label] ?? 0) + 1;
    known += 1;
  }
  return counts.map((count) => (count === 0 ? 0 : known / (count * classes.length)));
}
