import { groupsOf } from '../company/groups.js';
import type { Config } from '../config/schema.js';
import type { ClockInfo } from '../domain/device.js';
import type { DeviceId } from '../domain/ids.js';
import type { Store } from '../domain/store.js';
import type { Company, NoCompanyReason } from '../http/dependencies.js';
import { buildCompanyTimeline, companyAfter } from '../storage/company-timeline.js';
import type { CompanyChoices } from './company-choices.js';
import { isClockOff, type LiveCompany } from './company-link.js';
import type { DeviceRegistry } from './device-registry.js';
import type { Peers } from './peers.js';

const MS_PER_SECOND = 1000;
/** Times are kept to the microsecond. */
const LEAST_MS = 0.001;

export interface CompanyViewParts {
  readonly choices: CompanyChoices;
  readonly registry: Pick<DeviceRegistry, 'get'>;
  readonly store: Pick<Store, 'company' | 'devices'>;
  readonly peers: Pick<Peers, 'question'>;
  /** What holds now; `undefined` where nothing is looked for. */
  readonly live: LiveCompany | undefined;
}

/** What the API shows of company. */
export function createCompanyView(
  { company: { enabled, maxClockErrorMs } }: Config,
  { choices, registry, store, peers, live }: CompanyViewParts,
): Company {
  const whyNot = (device: DeviceId): NoCompanyReason | undefined => {
    if (!enabled) return SWITCHED_OFF;
    if (!choices.takesPart(device)) return notAgreed(device);
    const clock = registry.get(device)?.clock;
    if (clock !== undefined && isClockOff(clock, maxClockErrorMs)) return clockIsOff(clock);
    const other = live?.copyOf(device);
    return other === undefined ? undefined : isCopied(other);
  };
  const pairs = peers.question('company', () =>
    (live?.now() ?? []).map((update) => ({ first: update.device, second: update.with })),
  );
  const reasons = peers.question('company-reason', whyNot);
  return {
    isEnabled: enabled,
    choiceOf: (device) => ({ isEnabled: enabled, takesPart: choices.choiceOf(device) }),
    choose: (device, takesPart) => choices.choose(device, takesPart),
    whyNot,
    reasonFor: async (device) => {
      if (!choices.takesPart(device)) return { reason: whyNot(device), isComplete: true };
      const { answers, isComplete } = await reasons.all(device);
      return { reason: answers.find((reason) => reason !== undefined), isComplete };
    },
    intervals: async (device, range, nowMs) => {
      const points = await store.company(device, range);
      // Nothing is known of what a device has not sent yet: its clock, or a replay, may be ahead of now or far behind.
      const newestMs = live?.knownUntilMs(device) ?? nowMs;
      const knownUntilMs = Math.max(newestMs, points.at(-1)?.sinceMs ?? newestMs);
      return buildCompanyTimeline(points, { ...range, toMs: Math.min(range.toMs, knownUntilMs) });
    },
    groupsNow: async () => {
      const { answers, isComplete } = await pairs.all(undefined);
      return { groups: groupsOf(answers.flat()), isComplete };
    },
    groupsAt: async (atMs) => {
      const justAfterMs = atMs + LEAST_MS;
      const pairs: { first: DeviceId; second: DeviceId }[] = [];
      for (const first of await store.devices()) {
        const points = await store.company(first, { fromMs: justAfterMs, toMs: justAfterMs });
        for (const second of companyAfter(points)) pairs.push({ first, second });
      }
      return groupsOf(pairs);
    },
  };
}

const SWITCHED_OFF: NoCompanyReason = {
  code: 'switched-off',
  text: 'The gateway does not look for company; company.enabled=true switches that on',
};

function notAgreed(device: DeviceId): NoCompanyReason {
  const text = `It takes no part: its wearer agrees on the page for phones, or devices.${device}.company=on says so`;
  return { code: 'not-agreed', text };
}

function isCopied(other: DeviceId): NoCompanyReason {
  const text = `It sends the same movement as ${other}, as only a copy does, so the two are no company for each other: let each phone send under one name`;
  return { code: 'copy', text };
}

function clockIsOff({ offsetMs }: ClockInfo): NoCompanyReason {
  const seconds = Math.round(Math.abs(offsetMs) / MS_PER_SECOND);
  const side = offsetMs > 0 ? 'behind' : 'ahead of';
  const text = `Its clock is ${seconds} s ${side} the gateway's, or it sends so late: let it set its time by the network`;
  return { code: 'clock', text };
}
