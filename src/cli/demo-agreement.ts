import type { CompanyInterval } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import type { StatusInterval } from '../domain/status.js';
import type { Store, TimeRange } from '../domain/store.js';
import type { createTimelineBuilder } from '../gateway/stages.js';
import { TRUTH_TARGETS, type TruthInterval, type TruthTarget } from '../recordings/simulation/day-plan.js';
import type { Fleet } from '../recordings/simulation/fleet.js';
import type { OutingPart, Outings } from '../recordings/simulation/outings.js';
import { buildCompanyTimeline } from '../storage/company-timeline.js';

/** Share of the time in which the gateway was right, 0..1; `null` where there was nothing to say. */
export type AgreementShares = Readonly<Record<TruthTarget | 'company', number | null>>;

/** Compares what a gateway says of simulated phones with what was true of them. */
export async function agreementOf(
  store: Store,
  fleet: Fleet,
  outings: Outings,
  timelineOf: ReturnType<typeof createTimelineBuilder>,
  range: TimeRange,
): Promise<AgreementShares> {
  const shareOf = async (target: TruthTarget): Promise<number | null> => {
    const parts = await Promise.all(
      fleet.devices.map(async (device) => {
        const timeline = timelineOf(await store.statuses(device, target, range), range);
        return measureAgreement(timeline, fleet.truth(device, target, range.fromMs, range.toMs));
      }),
    );
    return agreeingShare(addAgreements(parts)) ?? null;
  };
  const [accompanied, conversation] = await Promise.all(TRUTH_TARGETS.map(shareOf));
  const known = await knownOf(store, fleet, timelineOf, range);
  const company = await companyShare(store, fleet.devices, outings, known);
  return { accompanied: accompanied ?? null, conversation: conversation ?? null, company };
}

/** As far as something is known of the first phone: a history may not have been gone through yet. */
async function knownOf(
  store: Store,
  { devices: [first] }: Fleet,
  timelineOf: ReturnType<typeof createTimelineBuilder>,
  range: TimeRange,
): Promise<TimeRange> {
  const statuses = first === undefined ? [] : await store.statuses(first, 'accompanied', range);
  const last = timelineOf(statuses, range).findLast(({ status }) => status !== 'unknown');
  return { ...range, toMs: last?.toMs ?? range.fromMs };
}

/** Of the two who go for walks together. */
async function companyShare(
  store: Store,
  [first, second]: readonly DeviceId[],
  outings: Outings,
  range: TimeRange,
): Promise<number | null> {
  const walks = partsOf(outings, range).filter(({ isTogether }) => isTogether);
  if (first === undefined || second === undefined || walks.length === 0) return null;
  const truth = walks.map((walk) => ({ ...walk, with: second }));
  return companyAgreement(buildCompanyTimeline(await store.company(first, range), range), truth, range);
}

function partsOf(outings: Outings, { fromMs, toMs }: TimeRange): OutingPart[] {
  const parts: OutingPart[] = [];
  for (let timeMs = fromMs; timeMs < toMs; timeMs = parts.at(-1)?.toMs ?? toMs)
    parts.push(outings.partAt(timeMs));
  return parts;
}

/** How a timeline lies beside the truth, in milliseconds of time for which the truth is known. */
interface Agreement {
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
