/** A curve has no more points than can be seen. */
const MOST_POINTS = 200;

/** Scores in ascending order, equal ones together. */
export interface Ranking {
  /** Positions of the scores. */
  readonly order: readonly number[];
  /** Where in `order` each group of equal scores ends. */
  readonly groupEnds: readonly number[];
}

export function rank(scores: readonly number[]): Ranking {
  const order = scores.map((_, index) => index).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  const groupEnds = order.flatMap((index, at) => {
    const next = order[at + 1];
    return next !== undefined && scores[next] === scores[index] ? [] : [at + 1];
  });
  return { order, groupEnds };
}

/**
 * Probability that a positive scores above a negative, ties counting half (Mann-Whitney); `null` without both.
 *
 * @param weightOf how often each position counts
 */
export function areaUnderRoc(
  { order, groupEnds }: Ranking,
  isPositive: readonly boolean[],
  weightOf: (position: number) => number = () => 1,
): number | null {
  let [area, positives, negatives, from] = [0, 0, 0, 0];
  for (const to of groupEnds) {
    let [tiedPositives, tiedNegatives] = [0, 0];
    for (; from < to; from++) {
      const position = order[from] ?? 0;
      if (isPositive[position] === true) tiedPositives += weightOf(position);
      else tiedNegatives += weightOf(position);
    }
    area += tiedPositives * (negatives + tiedNegatives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
  }
  return positives === 0 || negatives === 0 ? null : area / (positives * negatives);
}

/** Points of the curve from (0, 0) to (1, 1): false positive rate, true positive rate; empty without both classes. */
export function rocCurve(
  { order, groupEnds }: Ranking,
  isPositive: readonly boolean[],
): [falsePositives: number, truePositives: number][] {
  const positives = isPositive.filter(Boolean).length;
  const negatives = isPositive.length - positives;
  if (positives === 0 || negatives === 0) return [];
  let [truePositives, falsePositives] = [0, 0];
  const points: [number, number][] = [[0, 0]];
  let to = order.length;
  for (const from of [0, ...groupEnds.slice(0, -1)].reverse()) {
    for (const position of order.slice(from, to)) {
      if (isPositive[position] === true) truePositives += 1;
      else falsePositives += 1;
    }
    points.push([falsePositives / negatives, truePositives / positives]);
    to = from;
  }
  return points;
}

/** Windows with a known class; `probabilities` is `[windows, classes]`. */
interface ClassScores {
  readonly classes: readonly string[];
  readonly truth: readonly number[];
  readonly probabilities: ArrayLike<number>;
}

/** Curves of the second of two classes, or of each class against the rest; thinned. */
export function rocCurves({ classes, truth, probabilities }: ClassScores): [number, number][][] {
  const size = classes.length;
  const wanted = size === 2 ? [1] : classes.map((_, at) => at);
  return wanted.map((at) => {
    const points = rocCurve(
      rank(truth.map((_, row) => probabilities[row * size + at] ?? 0)),
      truth.map((label) => label === at),
    );
    const every = Math.ceil(points.length / MOST_POINTS);
    return points.filter((_, index) => index % every === 0 || index === points.length - 1);
  });
}
