import type { TargetMetrics } from '../metrics.js';

/** The first fold's figures with the images and confusions of all folds together. */
export function sumOfFolds(folds: readonly TargetMetrics[]): TargetMetrics | undefined {
  const [first] = folds;
  if (first === undefined) return undefined;
  const confusion = first.confusion.map((row, truth) =>
    row.map((_, told) => folds.reduce((sum, fold) => sum + (fold.confusion[truth]?.[told] ?? 0), 0)),
  );
  return { ...first, windows: folds.reduce((sum, { windows }) => sum + windows, 0), confusion };
}
