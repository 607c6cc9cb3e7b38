import type { CompanyInterval } from '../../domain/company.js';
import type { StatusInterval } from '../../domain/status.js';
import type { TimeRange } from '../../domain/store.js';
import type { TruthInterval } from './truth.js';

/** How a timeline lies beside the truth, in milliseconds of time for which the truth is known. */
export interface Agreement {
  /** The status was `yes` or `no`, and right. */
  readonly agreeingMs: number;
  /** The status was `yes` or `no`, and wrong. */
  readonly differingMs: number;
  /** The status was `unknown`, or the timeline says nothing. */
  readonly unknownMs: number;
}

export const NO_AGREEMENT: Agreement = { agreeingMs: 0, differingMs: 0, unknownMs: 0 };

/**
 * Compares one target's timeline with the truth.
 *
 * @param timeline intervals that do not overlap
 * @param truth intervals that do not overlap
 */
export function measureAgreement(
  timeline: readonly StatusInterval[],
  truth: readonly TruthInterval[],
): Agreement {
  let agreeingMs = 0;
  let differingMs = 0;
  let totalMs = 0;
  for (const fact of truth) {
    totalMs += fact.toMs - fact.fromMs;
    for (const interval of timeline) {
      if (interval.status === 'unknown') continue;
      const sharedMs = Math.max(
        0,
        Math.min(interval.toMs, fact.toMs) - Math.max(interval.fromMs, fact.fromMs),
      );
      if ((interval.status === 'yes') === fact.value) agreeingMs += sharedMs;
      else differingMs += sharedMs;
    }
  }
  return { agreeingMs, differingMs, unknownMs: totalMs - agreeingMs - differingMs };
}

/** Several devices' agreement as one. */
export function addAgreements(agreements: readonly Agreement[]): Agreement {
  return agreements.reduce(
    (sum, { agreeingMs, differingMs, unknownMs }) => ({
      agreeingMs: sum.agreeingMs + agreeingMs,
      differingMs: sum.differingMs + differingMs,
      unknownMs: sum.unknownMs + unknownMs,
    }),
    NO_AGREEMENT,
  );
}

/** Share of the time with a status other than `unknown` in which it was right, 0..1; `undefined` without such time. */
export function agreeingShare({ agreeingMs, differingMs }: Agreement): number | undefined {
  const saidMs = agreeingMs + differingMs;
  return saidMs === 0 ? undefined : agreeingMs / saidMs;
}

/** Share of the time in which the status was `unknown`, 0..1; `undefined` without any time. */
export function unknownShare({ agreeingMs, differingMs, unknownMs }: Agreement): number | undefined {
  const totalMs = agreeingMs + differingMs + unknownMs;
  return totalMs === 0 ? undefined : unknownMs / totalMs;
}

const LOOK_MS = 1000;

/** Share of a time, looked at each second, in which a device was said to be with just those that it was with, 0..1. */
export function companyAgreement(
  said: readonly CompanyInterval[],
  truth: readonly Omit<CompanyInterval, 'probability'>[],
  { fromMs, toMs }: TimeRange,
): number {
  const at = (intervals: typeof truth, timeMs: number): string =>
    intervals
      .flatMap((interval) => (interval.fromMs <= timeMs && timeMs < interval.toMs ? [interval.with] : []))
      .sort()
      .join();
  let [right, looked] = [0, 0];
  for (let timeMs = fromMs; timeMs < toMs; timeMs += LOOK_MS) {
    looked += 1;
    if (at(said, timeMs) === at(truth, timeMs)) right += 1;
  }
  return right / looked;
}
