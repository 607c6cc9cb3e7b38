import type { CompanyStatus } from '../domain/company.js';
import type { PairFilter } from './company-model.js';

/** Evidence below this, in the logarithm of the likelihood ratio, tells nothing. */
const LEAST_EVIDENCE = 0.3;

/** Belief is never surer than this, in the logarithm of odds: what was true for an hour may end in a minute. */
const MOST_CERTAIN = 6;

/** All that is known of a pair; plain, so that it can be kept over a restart. Times are epoch milliseconds of event time. */
export interface PairState {
  readonly status: CompanyStatus;
  readonly sinceMs: number;
  /** Belief that the two are together, 0..1. */
  readonly belief: number;
  /** End of the last window that was compared. */
  readonly evaluatedMs: number;
  /** End of the last window that told something; 0 before the first. */
  readonly informedMs: number;
  /** A status that has not held for long enough yet. */
  readonly candidate: { readonly status: CompanyStatus; readonly atMs: number } | undefined;
  /** Since when evidence has spoken for one side alone. */
  readonly trend: { readonly isFor: boolean; readonly sinceMs: number };
  /** The two were together since they are known: from then on their changes are told. */
  readonly wasTogether: boolean;
}

/** A pair of which nothing is known. @param earliestMs what is found out later is dated back to here at most */
export function newPairState({ share }: PairFilter, atMs: number, earliestMs = atMs): PairState {
  return {
    status: 'unknown',
    sinceMs: earliestMs,
    belief: share,
    evaluatedMs: atMs,
    informedMs: 0,
    candidate: undefined,
    trend: { isFor: false, sinceMs: atMs },
    wasTogether: false,
  };
}

/**
 * One step of a forward filter of two states: while time passes belief fades towards the share of time that pairs are
 * together, and then a window's evidence weighs it. Neighbouring windows are alike and count in proportion to their distance.
 *
 * @param evidence logarithm of the likelihood ratio of a window
 * @param window its end, and the middle of what it compares: a change is put there
 */
export function observe(
  filter: PairFilter,
  before: PairState,
  evidence: number,
  { endMs, middleMs }: { readonly endMs: number; readonly middleMs: number },
): PairState {
  const elapsedMs = endMs - before.evaluatedMs;
  const weight = Math.min(1, elapsedMs / filter.independentMs);
  const belief = weighed(faded(filter, before.belief, elapsedMs), evidence * weight);
  const isInformed = Math.abs(evidence) >= LEAST_EVIDENCE;
  const isFor = evidence > 0;
  const goesOn = !isInformed || isFor === before.trend.isFor;
  const seen: PairState = {
    ...before,
    belief,
    evaluatedMs: endMs,
    informedMs: isInformed ? endMs : before.informedMs,
    trend: goesOn ? before.trend : { isFor, sinceMs: middleMs },
  };
  return decide(filter, seen);
}

/** Nothing more comes of one of the two. */
export function lose(filter: PairFilter, before: PairState, atMs: number): PairState {
  const { wasTogether, status } = before;
  const fresh = newPairState(filter, Math.max(before.evaluatedMs, atMs));
  return status === 'unknown'
    ? { ...before, belief: filter.share, candidate: undefined }
    : { ...fresh, wasTogether };
}

function decide(filter: PairFilter, state: PairState): PairState {
  const wanted = wantedOf(filter, state);
  if (wanted === state.status) return { ...state, candidate: undefined };
  const candidate =
    state.candidate?.status === wanted ? state.candidate : { status: wanted, atMs: state.evaluatedMs };
  if (state.evaluatedMs - candidate.atMs < filter.dwellMs) return { ...state, candidate };
  const backMs = wanted === 'unknown' ? candidate.atMs : Math.min(candidate.atMs, state.trend.sinceMs);
  return {
    ...state,
    status: wanted,
    sinceMs: Math.max(state.sinceMs, backMs),
    candidate: undefined,
    wasTogether: state.wasTogether || wanted === 'together',
  };
}

function wantedOf(filter: PairFilter, { status, belief, evaluatedMs, informedMs }: PairState): CompanyStatus {
  if (belief >= (status === 'together' ? filter.togetherTo : filter.togetherFrom)) return 'together';
  const isInformed = evaluatedMs - informedMs <= filter.fadeMs;
  if (!isInformed) return 'unknown';
  return status === 'together' || belief < filter.apartBelow ? 'apart' : status;
}

function faded({ share, meanDurationMs }: PairFilter, belief: number, elapsedMs: number): number {
  return share + (belief - share) * Math.exp(-elapsedMs / meanDurationMs);
}

function weighed(belief: number, evidence: number): number {
  const odds = Math.log(belief / (1 - belief)) + evidence;
  return 1 / (1 + Math.exp(-Math.max(-MOST_CERTAIN, Math.min(MOST_CERTAIN, odds))));
}
