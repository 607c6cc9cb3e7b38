import type { DeviceId } from '../domain/ids.js';
import type { Store, TimeRange } from '../domain/store.js';
import type { createTimelineBuilder } from '../gateway/stages.js';
import {
  addAgreements,
  agreeingShare,
  companyAgreement,
  measureAgreement,
} from '../recordings/simulation/agreement.js';
import type { Fleet } from '../recordings/simulation/fleet.js';
import type { OutingPart, Outings } from '../recordings/simulation/outings.js';
import { TRUTH_TARGETS, type TruthTarget } from '../recordings/simulation/truth.js';
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
