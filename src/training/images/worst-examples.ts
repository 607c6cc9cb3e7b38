/** An image that was taken for something else. */
export interface WorstExample {
  readonly path: string;
  readonly truth: string;
  readonly told: string;
  /** Of what was told, 0..1. */
  readonly probability: number;
}

/**
 * The images that were most surely taken for something else, the surest first.
 *
 * @param labels class of each image
 * @param probabilities `[images, classes]`
 */
export function worstExamples(
  classes: readonly string[],
  paths: readonly string[],
  labels: readonly number[],
  probabilities: Float32Array,
  most: number,
): WorstExample[] {
  return paths
    .map((path, image) => {
      const own = probabilities.subarray(image * classes.length, (image + 1) * classes.length);
      const probability = Math.max(...own);
      const told = own.indexOf(probability);
      return { path, label: labels[image] ?? 0, told, probability };
    })
    .filter(({ label, told }) => label !== told)
    .sort((a, b) => b.probability - a.probability)
    .slice(0, most)
    .map(({ path, label, told, probability }) => ({
      path,
      truth: classes[label] ?? '',
      told: classes[told] ?? '',
      probability,
    }));
}
