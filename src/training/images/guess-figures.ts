/** How well images were told, besides the figures of confusion. */
export interface GuessFigures {
  /** Share of images whose class is among the three most probable. */
  readonly topThree: number;
  /** Among the images of each group. */
  readonly within: Readonly<Record<string, { readonly images: number; readonly accuracy: number }>>;
}

/** More groups than these are not named one by one. */
const MOST_NAMED = 12;

/** Accuracy within each group in words, or its mean over very many. */
export function withinWords(within: GuessFigures['within']): string[] {
  const groups = Object.entries(within);
  if (groups.length <= MOST_NAMED) {
    return groups.map(([name, { accuracy }]) => `within ${name} ${accuracy.toFixed(3)}`);
  }
  const mean = groups.reduce((sum, [, { accuracy }]) => sum + accuracy, 0) / groups.length;
  return [`mean over ${groups.length} groups ${mean.toFixed(3)}`];
}

/**
 * @param labels class of each image
 * @param guesses `[images, classes]`
 * @param groups of each image; those without one count in none
 */
export function guessFigures(
  labels: readonly number[],
  guesses: Float32Array,
  groups: readonly (string | undefined)[],
): GuessFigures {
  const classes = guesses.length / labels.length;
  const places = labels.map((label, image) => {
    const own = guesses.subarray(image * classes, (image + 1) * classes);
    return own.filter((probability) => probability > (own[label] ?? 0)).length;
  });
  const shareOf = (images: readonly number[], place: number): number =>
    images.filter((at) => at <= place).length / Math.max(1, images.length);
  const names = [...new Set(groups.filter((group) => group !== undefined))].sort();
  return {
    topThree: shareOf(places, 2),
    within: Object.fromEntries(
      names.map((name) => {
        const own = places.filter((_, image) => groups[image] === name);
        return [name, { images: own.length, accuracy: shareOf(own, 0) }];
      }),
    ),
  };
}
