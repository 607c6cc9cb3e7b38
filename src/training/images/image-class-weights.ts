/** What an image of each class counts: 1, or the inverse of the class's frequency with a mean over the images of 1. */
export function imageClassWeights(
  labels: readonly number[],
  classes: number,
  weighting: 'none' | 'balanced',
): number[] {
  return Array.from({ length: classes }, (_, label) => {
    if (weighting === 'none') return 1;
    const count = labels.filter((other) => other === label).length;
    return count === 0 ? 0 : labels.length / (count * classes);
  });
}
