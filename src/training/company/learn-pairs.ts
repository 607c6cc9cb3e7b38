import { type CompanyModel, evidenceOf, HAND_SET_MODEL } from '../../company/company-model.js';
import { PAIR_FEATURES } from '../../company/pair-features.js';
import { GatewayError } from '../../shared/errors.js';
import { coefficientsOf } from '../motion/baselines/linear.js';
import { areaUnderRoc, rank } from '../roc.js';
import { chooseFilter } from './choose-filter.js';
import { type PairWindow, type PersonRecording, pairWindows } from './pair-windows.js';

/** A model and how good such a model is on pairs of which it has seen neither person. */
export interface LearntCompany {
  readonly model: CompanyModel;
  readonly people: number;
  readonly windows: number;
  readonly together: number;
  /** Of one window; `null` without both kinds. */
  readonly rocAuc: number | null;
  /** Of two windows a minute, or how many there are in it, taken together. */
  readonly minuteRocAuc: number | null;
}

const MINUTE_MS = 60_000;
/** What phones do not tell that send everything, have no magnetometer, or no gyroscope. */
const SENDERS: readonly (readonly string[])[] = [[], ['field'], ['turn', 'rawTurn']];
/** Fewer windows of a kind teach nothing. */
const FEWEST_WINDOWS = 20;

/**
 * Learns what a window of two devices tells, by logistic regression without a constant: where there is nothing to see
 * there is no evidence. Both kinds weigh alike, so that what comes out is the logarithm of a likelihood ratio.
 *
 * @param folds groups of people: a pair is told by what was learnt without either of the two
 * @throws GatewayError `TRAINING_FAILED` where too few windows are labelled
 */
export function learnPairs(people: readonly PersonRecording[], folds: number): LearntCompany {
  const { shape } = HAND_SET_MODEL;
  const windows = pairWindows(people, shape);
  const together = windows.filter(({ isTogether }) => isTogether).length;
  if (Math.min(together, windows.length - together) < FEWEST_WINDOWS) {
    throw new GatewayError(
      'TRAINING_FAILED',
      `${together} windows of people together and ${windows.length - together} of people apart: at least ` +
        `${FEWEST_WINDOWS} of each are needed. Labels say "with": ["name", …], or [] for nobody, in recordings of the same time`,
    );
  }
  const told = tellUnseen(windows, folds);
  const model = { ...HAND_SET_MODEL, weights: weightsOf(windows) };
  return {
    model: { ...model, filter: chooseFilter(people, model) },
    people: new Set(people.map(({ subject }) => subject)).size,
    windows: windows.length,
    together,
    rocAuc: rocAucOf(told),
    minuteRocAuc: rocAucOf(byMinute(told)),
  };
}

/** Evidence of a window, from what was learnt without the two people of it. */
interface ToldWindow extends Pick<PairWindow, 'pair' | 'endMs' | 'isTogether'> {
  readonly evidence: number;
}

function tellUnseen(windows: readonly PairWindow[], folds: number): ToldWindow[] {
  const subjects = [...new Set(windows.flatMap((window) => window.subjects))].sort();
  const foldOf = new Map(subjects.map((subject, index) => [subject, index % folds]));
  const told: ToldWindow[] = [];
  for (let a = 0; a < folds; a++) {
    for (let b = a; b < folds; b++) {
      const left = (subject: string): boolean => [a, b].includes(foldOf.get(subject) ?? -1);
      const tested = windows.filter(({ subjects: two }) => {
        const found = two.map((subject) => foldOf.get(subject));
        return Math.min(...found.map(Number)) === a && Math.max(...found.map(Number)) === b;
      });
      if (tested.length === 0) continue;
      const learntFrom = windows.filter(({ subjects: two }) => !two.some(left));
      // Of few people it may be that none of those left were together.
      if (!learntFrom.some(({ isTogether }) => isTogether)) continue;
      const weights = weightsOf(learntFrom);
      for (const { pair, endMs, isTogether, features } of tested)
        told.push({ pair, endMs, isTogether, evidence: evidenceOf(features, { weights }) });
    }
  }
  return told;
}

/**
 * Only what matches may speak for company, and only what there was to match against it: a feature that comes out with the
 * other sign is left out, and the rest learnt again. So nothing but common movement ever makes a pair. Each window is
 * learnt from as phones of each kind would send it.
 */
function weightsOf(windows: readonly PairWindow[]): Record<string, number> {
  let used = PAIR_FEATURES.map((name, at) => ({ name, at, sign: name.endsWith('.match') ? 1 : -1 }));
  const rows = SENDERS.flatMap((missing) => windows.map(({ features }) => without(missing, features)));
  const labels = SENDERS.flatMap(() => windows.map(({ isTogether }) => Number(isTogether)));
  for (;;) {
    const train = rows.map((row) => Float64Array.from(used, ({ at }) => row[at] ?? 0));
    const coefficients = coefficientsOf({ train, labels }, 1, false);
    const weights = used.map(({ name, sign }, index): [string, number, boolean] => {
      const weight = Math.round((coefficients[index] ?? 0) * 1e4) / 1e4;
      return [name, weight, weight * sign > 0];
    });
    const right = new Set(weights.filter(([, , isRight]) => isRight).map(([name]) => name));
    if (right.size === used.length)
      return Object.fromEntries(weights.map(([name, weight]) => [name, weight]));
    used = used.filter(({ name }) => right.has(name));
  }
}

function without(missing: readonly string[], features: Float64Array): Float64Array {
  return features.map((value, at) =>
    missing.some((name) => PAIR_FEATURES[at]?.startsWith(`${name}.`)) ? 0 : value,
  );
}

/** What the windows of a pair's minute tell together, where nothing changed in it. */
function byMinute(told: readonly ToldWindow[]): ToldWindow[] {
  const minutes = new Map<string, ToldWindow[]>();
  for (const window of told) {
    const key = `${window.pair}/${Math.floor(window.endMs / MINUTE_MS)}`;
    minutes.set(key, [...(minutes.get(key) ?? []), window]);
  }
  return [...minutes.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.some(({ isTogether }) => isTogether !== first.isTogether)) return [];
    return [{ ...first, evidence: group.reduce((sum, { evidence }) => sum + evidence, 0) }];
  });
}

function rocAucOf(told: readonly ToldWindow[]): number | null {
  return areaUnderRoc(
    rank(told.map(({ evidence }) => evidence)),
    told.map(({ isTogether }) => isTogether),
  );
}
