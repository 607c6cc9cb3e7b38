import type { Status } from '../domain/status.js';
import { type FilterSpec, statusesOfClasses } from '../inference/models/manifest.js';

/** Probabilities, 0..1, of the statuses that a model can tell. */
export type Probabilities = Readonly<Record<Status, number>>;

/** A status as the filter knows it: how to calibrate its probability, and its share of time. */
export interface FilteredStatus {
  readonly status: Status;
  /** The logarithm of the model's probability times `slope` plus `bias`, made to sum to 1 again, is calibrated. */
  readonly slope: number;
  readonly bias: number;
  /** Share of time in which it holds, 0..1: what is believed before anything is seen. */
  readonly share: number;
  /** The belief, 0..1, from which it is said in place of another status. */
  readonly certainty: number;
}

/** What is learnt from labelled recordings to turn probabilities into statuses. */
export interface StatusFilter {
  readonly statuses: readonly FilteredStatus[];
  /** How long a status lasts on average, milliseconds. */
  readonly meanDurationMs: number;
  /** Windows that end so far apart count in full, milliseconds; nearer ones are alike and count in proportion. */
  readonly independentMs: number;
}

/** The filter that a model's manifest holds. */
export function learntFilter(classes: readonly string[], learnt: FilterSpec): StatusFilter {
  const { calibration, shares, certainty, meanDurationMs, independentMs } = learnt;
  const statuses = statusesOfClasses({ classes }).map((status, at) => ({
    status,
    slope: 1,
    bias: 0,
    ...calibration[at],
    share: shares[at] ?? 0,
    certainty: certainty[at] ?? 1,
  }));
  return { statuses, meanDurationMs, independentMs };
}

/** Certainty beyond this is a number's, not a model's. */
const LEAST_PROBABILITY = 1e-6;

/**
 * One step of a forward filter of a hidden Markov model in continuous time: while time passes belief moves from what it was
 * towards each status's share of time, and then a window's calibrated probabilities weigh it.
 *
 * @param before belief at the window before; empty when there was none
 * @param said the model's probabilities
 * @param elapsedMs from the end of the window before to the end of this one; infinite when there was none
 */
export function believe(
  filter: StatusFilter,
  before: Probabilities,
  said: Probabilities,
  elapsedMs: number,
): Probabilities {
  const { statuses } = filter;
  const weight = weightOf(filter, elapsedMs);
  const drifted = drift(filter, before, elapsedMs);
  const calibrated = calibrate(statuses, said);
  const scores = statuses.map(
    ({ share }, at) =>
      Math.log(drifted[at] ?? 0) + weight * (Math.log(calibrated[at] ?? 0) - Math.log(share)),
  );
  const belief = normalised(scores);
  return Object.fromEntries(statuses.map(({ status }, at) => [status, belief[at] ?? 0]));
}

/**
 * By how much a window makes a status more or less probable than it is without one: the logarithm of the ratio of its odds.
 *
 * @param elapsedMs as in {@link believe}
 */
export function evidenceFor(
  filter: StatusFilter,
  status: Status,
  said: Probabilities,
  elapsedMs: number,
): number {
  const { statuses } = filter;
  const at = statuses.findIndex((one) => one.status === status);
  const probability = calibrate(statuses, said)[at];
  const share = statuses[at]?.share;
  if (probability === undefined || share === undefined) return 0;
  return weightOf(filter, elapsedMs) * (logOdds(probability) - logOdds(share));
}

/** The status that is believed in enough, or the one that holds. */
export function statusBelieved({ statuses }: StatusFilter, status: Status, belief: Probabilities): Status {
  const beliefs = statuses.map((one) => belief[one.status] ?? 0);
  const certainties = statuses.map(({ certainty }) => certainty);
  const holding = statuses.findIndex((one) => one.status === status);
  return statuses[positionBelieved(beliefs, 0, certainties, holding)]?.status ?? status;
}

/**
 * The same by positions: -1 is `unknown`, out of which the least certainty of all is enough.
 *
 * @param beliefs one a status, from `from` on
 */
export function positionBelieved(
  beliefs: ArrayLike<number>,
  from: number,
  certainties: readonly number[],
  holding: number,
): number {
  let best = 0;
  let least = 1;
  for (let at = 0; at < certainties.length; at++) {
    if ((beliefs[from + at] ?? 0) > (beliefs[from + best] ?? 0)) best = at;
    least = Math.min(least, certainties[at] ?? 1);
  }
  const needed = holding < 0 ? least : (certainties[best] ?? 1);
  return (beliefs[from + best] ?? 0) >= needed ? best : holding;
}

export function mostProbable(
  entries: readonly (readonly [Status, number])[],
): readonly [Status, number] | undefined {
  return entries.reduce<readonly [Status, number] | undefined>(
    (best, entry) => (best === undefined || entry[1] > best[1] ? entry : best),
    undefined,
  );
}

/** What a window counts that ends so long after the one before. */
function weightOf({ independentMs }: StatusFilter, elapsedMs: number): number {
  return Math.min(1, elapsedMs / independentMs);
}

function logOdds(probability: number): number {
  return Math.log(Math.max(LEAST_PROBABILITY, probability) / Math.max(LEAST_PROBABILITY, 1 - probability));
}

/** Calibrated probabilities, in the order of the statuses. */
function calibrate(statuses: readonly FilteredStatus[], said: Probabilities): number[] {
  return normalised(
    statuses.map(
      ({ status, slope, bias }) => slope * Math.log(Math.max(LEAST_PROBABILITY, said[status] ?? 0)) + bias,
    ),
  );
}

/** Belief after a time without a window. What leaves a status spreads over all of them by their shares. */
function drift(
  { statuses, meanDurationMs }: StatusFilter,
  before: Probabilities,
  elapsedMs: number,
): number[] {
  // Chosen so that a status lasts for `meanDurationMs` on average, over all statuses.
  const relaxationMs = meanDurationMs * statuses.reduce((sum, { share }) => sum + share * (1 - share), 0);
  const kept = Math.exp(-elapsedMs / relaxationMs);
  return statuses.map(({ status, share }) => {
    const belief = before[status];
    return belief === undefined ? share : kept * belief + (1 - kept) * share;
  });
}

/** Weights whose logarithms are given, made to sum to 1. */
function normalised(scores: readonly number[]): number[] {
  const highest = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - highest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
