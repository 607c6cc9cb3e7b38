import {
  binOf,
  CALIBRATION_BINS,
  type ConfusionFigures,
  confusionFigures,
  decide,
  meanOfPresent,
  type Scored,
} from '../../metrics.js';
import { createRandom, type Random } from '../../random.js';
import { areaUnderRoc, type Ranking, rank } from '../../roc.js';

/** 95 % interval of a figure. */
export type Interval = readonly [low: number, high: number];

/** Intervals of the figures of {@link TargetMetrics}; `null` where a figure is missing in most resamples. */
export interface FigureIntervals {
  readonly accuracy: Interval | null;
  readonly balancedAccuracy: Interval | null;
  readonly macroF1: Interval | null;
  readonly precision: readonly (Interval | null)[];
  readonly recall: readonly (Interval | null)[];
  readonly rocAuc: Interval | null;
  readonly calibrationError: Interval | null;
}

export interface ScoredSubjects extends Scored {
  /** Subject of each window, any number. */
  readonly subjects: readonly number[];
  readonly seed: number;
}

export const RESAMPLES = 1000;
const TAILS = [0.025, 0.975] as const;

/** What one subject adds to the figures. */
interface Share {
  readonly confusion: number[][];
  /** By bin of confidence: confidence minus hits. */
  readonly bins: Float64Array;
  readonly windows: number;
}

interface Resample extends ConfusionFigures {
  readonly rocAuc: number | null;
  readonly calibrationError: number | null;
}

/**
 * How far figures would differ with other people: subjects, with all their windows, are drawn again with replacement
 * (cluster bootstrap; percentiles of 1,000 resamples; Davison and Hinkley 1997, section 3.8).
 *
 * @returns `null` with fewer than two subjects, of whom nothing can be said
 */
export function subjectIntervals(scored: ScoredSubjects): FigureIntervals | null {
  const present = [...new Set(scored.subjects)];
  if (present.length < 2) return null;
  const shares = present.map((subject) => shareOf(scored, subject));
  const areas = rankingsOf(scored);
  const position = scored.subjects.map((subject) => present.indexOf(subject));
  const random = createRandom(scored.seed, 30);
  const resamples = Array.from({ length: RESAMPLES }, (): Resample => {
    const counts = draw(present.length, random);
    return {
      ...confusionFigures(summed(shares, counts, scored.classes.length)),
      calibrationError: calibrationOf(shares, counts),
      rocAuc: areas.length === 0 ? null : meanArea(areas, (window) => counts[position[window] ?? 0] ?? 0),
    };
  });
  const interval = (figure: (resample: Resample) => number | null | undefined): Interval | null =>
    intervalOf(resamples.map(figure));
  return {
    accuracy: interval(({ accuracy }) => accuracy),
    balancedAccuracy: interval(({ balancedAccuracy }) => balancedAccuracy),
    macroF1: interval(({ macroF1 }) => macroF1),
    precision: scored.classes.map((_, at) => interval(({ precision }) => precision[at])),
    recall: scored.classes.map((_, at) => interval(({ recall }) => recall[at])),
    rocAuc: interval(({ rocAuc }) => rocAuc),
    calibrationError: interval(({ calibrationError }) => calibrationError),
  };
}

function shareOf(
  { classes, truth, probabilities, threshold = 0.5, subjects }: ScoredSubjects,
  subject: number,
): Share {
  const confusion = classes.map(() => classes.map(() => 0));
  const bins = new Float64Array(CALIBRATION_BINS);
  let windows = 0;
  truth.forEach((label, row) => {
    if (subjects[row] !== subject) return;
    const own = classes.map((_, at) => probabilities[row * classes.length + at] ?? 0);
    const prediction = decide(own, threshold);
    const cells = confusion[label];
    if (cells !== undefined) cells[prediction] = (cells[prediction] ?? 0) + 1;
    const confidence = own[prediction] ?? 0;
    const bin = binOf(confidence);
    bins[bin] = (bins[bin] ?? 0) + confidence - (prediction === label ? 1 : 0);
    windows += 1;
  });
  return { confusion, bins, windows };
}

/** How often each of some subjects is drawn. */
export function draw(count: number, random: Random): number[] {
  const counts = new Array<number>(count).fill(0);
  for (let n = 0; n < count; n++) {
    const at = random.below(count);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

export function summed(
  shares: readonly { readonly confusion: readonly (readonly number[])[] }[],
  counts: readonly number[],
  size: number,
): number[][] {
  const total = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  shares.forEach(({ confusion }, subject) => {
    confusion.forEach((cells, truth) => {
      const row = total[truth] ?? [];
      cells.forEach((count, at) => {
        row[at] = (row[at] ?? 0) + count * (counts[subject] ?? 0);
      });
    });
  });
  return total;
}

function calibrationOf(shares: readonly Share[], counts: readonly number[]): number | null {
  let [error, windows] = [0, 0];
  for (let bin = 0; bin < CALIBRATION_BINS; bin++) {
    error += Math.abs(shares.reduce((sum, share, at) => sum + (share.bins[bin] ?? 0) * (counts[at] ?? 0), 0));
  }
  shares.forEach((share, at) => {
    windows += share.windows * (counts[at] ?? 0);
  });
  return windows === 0 ? null : error / windows;
}

interface ClassRanking {
  readonly ranking: Ranking;
  readonly isPositive: readonly boolean[];
}

/** Each class against the rest; of two classes the second only. */
function rankingsOf({ classes, truth, probabilities }: Scored): ClassRanking[] {
  const size = classes.length;
  const wanted = size === 2 ? [1] : classes.map((_, at) => at);
  return wanted.map((at) => ({
    ranking: rank(truth.map((_, row) => probabilities[row * size + at] ?? 0)),
    isPositive: truth.map((label) => label === at),
  }));
}

function meanArea(areas: readonly ClassRanking[], weightOf: (window: number) => number): number | null {
  const values = areas.map(({ ranking, isPositive }) => areaUnderRoc(ranking, isPositive, weightOf));
  return values.every((value) => value === null) ? null : meanOfPresent(values);
}

/** Percentiles over the resamples that have the figure, if most have. */
export function intervalOf(values: readonly (number | null | undefined)[]): Interval | null {
  const present = values.filter((value): value is number => typeof value === 'number').sort((a, b) => a - b);
  if (present.length * 2 < values.length) return null;
  const [low = 0, high = 0] = TAILS.map((tail) => present[Math.round(tail * (present.length - 1))]);
  return [low, high];
}
