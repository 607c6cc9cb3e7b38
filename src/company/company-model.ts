import type { WindowShape } from './movement-window.js';
import { PAIR_FEATURES } from './pair-features.js';

/** What turns a belief that two people are together into a status. */
export interface PairFilter {
  /** Share of time in which two people who carry devices are together, 0..1: what is believed before anything is seen. */
  readonly share: number;
  /** How long two people stay together on average, milliseconds: without evidence belief fades in about this time. */
  readonly meanDurationMs: number;
  /** Windows that end so far apart count in full, milliseconds; nearer ones are alike and count in proportion. */
  readonly independentMs: number;
  /** Belief from which two are said to be together. */
  readonly togetherFrom: number;
  /** Belief below which they are not any more. */
  readonly togetherTo: number;
  /** Belief below which two who were not together are said to be apart. */
  readonly apartBelow: number;
  /** A change must hold this long before it is said, milliseconds. */
  readonly dwellMs: number;
  /** Two who are apart are unknown after so long without evidence, milliseconds. */
  readonly fadeMs: number;
}

/** What was learnt of pairs: what a window tells, and how to follow a pair. */
export interface CompanyModel {
  readonly shape: WindowShape;
  /** Of each of {@link PAIR_FEATURES}: what it adds to the logarithm of the likelihood ratio. */
  readonly weights: Readonly<Record<string, number>>;
  readonly filter: PairFilter;
}

/** One window alone is never surer than this, in the logarithm of the likelihood ratio. */
const MOST_EVIDENCE = 6;

/** Set by hand, for before anything is learnt. */
export const HAND_SET_MODEL: CompanyModel = {
  shape: { seconds: 30, lagSeconds: 4 },
  weights: {
    'turn.match': 9,
    'turn.amount': -4,
    'heave.match': 6,
    'heave.amount': -2.5,
    'change.match': 4,
    'change.amount': -2,
    'energy.match': 1,
    'field.match': 2,
    'field.amount': -1,
    'pressure.match': 2,
    'pressure.amount': -1,
    'moving.one': -8,
    'cadence.difference': -1,
  },
  filter: {
    share: 0.02,
    meanDurationMs: 1_200_000,
    independentMs: 12_000,
    togetherFrom: 0.97,
    togetherTo: 0.5,
    apartBelow: 0.1,
    dwellMs: 4_000,
    fadeMs: 300_000,
  },
};

/** What a window's features tell: the logarithm of how much likelier they are of two people who are together. */
export function evidenceOf(features: Float64Array, { weights }: Pick<CompanyModel, 'weights'>): number {
  let sum = 0;
  for (const [at, name] of PAIR_FEATURES.entries()) sum += (weights[name] ?? 0) * (features[at] ?? 0);
  return Math.max(-MOST_EVIDENCE, Math.min(MOST_EVIDENCE, sum));
}
