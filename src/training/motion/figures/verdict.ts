import { confusionFigures, type TargetMetrics } from '../../metrics.js';
import { createRandom } from '../../random.js';
import { METHOD_NAMES } from '../baselines/baseline.js';
import type { ProtocolFigures } from '../folds/cross-validate.js';
import type { Measurement } from '../train-model.js';
import { draw, type Interval, intervalOf, RESAMPLES, summed } from './subject-intervals.js';

/** What the figures of a model come to. */
export interface Verdict {
  readonly comparison: 'better than' | 'no better than' | 'worse than';
  readonly baseline: string;
  /** Balanced accuracy of the model minus that of the baseline. */
  readonly difference: number;
  /** 95 % interval of it over people; `null` with fewer than two. */
  readonly interval: Interval | null;
  readonly people: number;
  /** Whether they are enough to say how it does on others. */
  readonly isEnough: boolean;
  /** The same for people to read. */
  readonly text: string;
}

/** Figures of a method; without people where it says the same of all. */
export interface Judged {
  readonly pooled: Pick<TargetMetrics, 'balancedAccuracy'>;
  readonly bySubject: ReadonlyMap<string, Pick<TargetMetrics, 'confusion'>>;
}

/** With fewer people an interval over people is itself not to be trusted. */
const LEAST_PEOPLE = 10;
/** Figures that other people would move further than this are not known. */
const WIDEST_INTERVAL = 0.1;
const SEED = 1;

/**
 * Compares a model with the best of its baselines: it is better or worse when the 95 % interval of the difference in
 * balanced accuracy, people drawn again with replacement, leaves zero out.
 */
export function verdictOf(
  figures: Pick<ProtocolFigures, 'pooled' | 'bySubject' | 'intervals'>,
  baselines: ReadonlyMap<string, Judged>,
): Verdict {
  const [best = ['a guess', { pooled: { balancedAccuracy: 0 }, bySubject: new Map() }] as const] = [
    ...baselines,
  ].sort(([, a], [, b]) => b.pooled.balancedAccuracy - a.pooled.balancedAccuracy);
  const [baseline, other] = best;
  const difference = figures.pooled.balancedAccuracy - other.pooled.balancedAccuracy;
  const interval = differenceInterval(figures, other);
  const people = figures.bySubject.size;
  const range = figures.intervals?.balancedAccuracy ?? null;
  const isEnough = people >= LEAST_PEOPLE && range !== null && range[1] - range[0] <= WIDEST_INTERVAL;
  const judged = { comparison: comparisonOf(interval), baseline, difference, interval, people, isEnough };
  const reached = other.pooled.balancedAccuracy.toFixed(3);
  return { ...judged, text: `${comparisonText(judged, reached)}; ${peopleText(people, isEnough, range)}` };
}

/** The verdict on one target of a measurement. */
export function verdictOn(target: string, { figures, baselines }: Measurement): Verdict | undefined {
  const own = figures.get(target);
  if (own === undefined) return undefined;
  const others = [...baselines].flatMap(([name, byTarget]): [string, Judged][] => {
    const judged = byTarget.get(target);
    return judged === undefined ? [] : [[METHOD_NAMES[name], judged]];
  });
  const majority = { pooled: own.majority, bySubject: new Map() };
  return verdictOf(own, new Map([[METHOD_NAMES.majority, majority], ...others]));
}

function comparisonOf(interval: Interval | null): Verdict['comparison'] {
  if (interval === null || (interval[0] <= 0 && interval[1] >= 0)) return 'no better than';
  return interval[0] > 0 ? 'better than' : 'worse than';
}

function differenceInterval(figures: Judged, other: Judged): Interval | null {
  const subjects = [...figures.bySubject.keys()];
  if (subjects.length < 2) return null;
  const random = createRandom(SEED, 31);
  const differences = Array.from({ length: RESAMPLES }, () => {
    const counts = draw(subjects.length, random);
    const fixed = other.pooled.balancedAccuracy;
    return (balancedOf(figures, subjects, counts) ?? fixed) - (balancedOf(other, subjects, counts) ?? fixed);
  });
  return intervalOf(differences);
}

/** Over people drawn so many times; `undefined` for a method that is not known by person. */
function balancedOf(
  { bySubject }: Judged,
  subjects: readonly string[],
  counts: readonly number[],
): number | undefined {
  const shares = subjects.flatMap((subject) => bySubject.get(subject) ?? []);
  if (shares.length !== subjects.length) return undefined;
  return confusionFigures(summed(shares, counts, shares[0]?.confusion.length ?? 0)).balancedAccuracy;
}

function comparisonText(
  { comparison, baseline, difference, interval }: Omit<Verdict, 'text'>,
  reached: string,
): string {
  const sign = difference < 0 ? '−' : '+';
  const range =
    interval === null ? '' : `, 95 % interval over people ${signed(interval[0])} to ${signed(interval[1])}`;
  return `${comparison} the best baseline, ${baseline} ${reached} (${sign}${Math.abs(difference).toFixed(3)}${range})`;
}

function peopleText(people: number, isEnough: boolean, range: Interval | null): string {
  if (people < 2 || range === null) return 'one person says nothing of others';
  if (people < LEAST_PEOPLE)
    return `${people} people are not enough to say how it does on others; at least ${LEAST_PEOPLE} are`;
  const where = `${range[0].toFixed(2)} to ${range[1].toFixed(2)}`;
  return isEnough
    ? `${people} people are enough to expect ${where} of others like them`
    : `${people} people are not enough: of others like them anything from ${where} is to be expected`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}
