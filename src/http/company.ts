import type { CompanyInterval } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import type { TimeRange } from '../domain/store.js';

/**
 * Why nothing is found out about the company of a device now.
 *
 * - `switched-off`: the gateway does not look for company at all
 * - `not-agreed`: the wearer has not agreed to take part
 * - `clock`: its clock is so far off that it cannot be compared
 * - `copy`: it sends the same movement as another device, so the two are no company for each other
 */
export const NO_COMPANY_CODES = ['switched-off', 'not-agreed', 'clock', 'copy'] as const;

/** The same in words, with what to do about it. */
export interface NoCompanyReason {
  readonly code: (typeof NO_COMPANY_CODES)[number];
  readonly text: string;
}

/** What a device may be told of its part in company. */
export interface CompanyChoice {
  /** Whether the gateway looks for company. */
  readonly isEnabled: boolean;
  /** `undefined`: nobody has chosen. */
  readonly takesPart: boolean | undefined;
}

/** Who is with whom, as far as the gateway found out. */
export interface Company {
  readonly isEnabled: boolean;
  choiceOf(device: DeviceId): CompanyChoice;
  /** @throws GatewayError `INPUT_REFUSED` where the configuration decides, or company is switched off */
  choose(device: DeviceId, takesPart: boolean): Promise<void>;
  /** Why nothing is found out, as far as this gateway knows; `undefined` while it can be. */
  whyNot(device: DeviceId): NoCompanyReason | undefined;
  /** The same as all gateways know; not complete where one that should know does not answer. */
  reasonFor(
    device: DeviceId,
  ): Promise<{ readonly reason: NoCompanyReason | undefined; readonly isComplete: boolean }>;
  /** When a device was with whom, as far as it is known now. */
  intervals(device: DeviceId, range: TimeRange, nowMs: number): Promise<readonly CompanyInterval[]>;
  /** Who is together now; asks no store. Not complete where a gateway that should know does not answer. */
  groupsNow(): Promise<{
    readonly groups: readonly (readonly DeviceId[])[];
    readonly isComplete: boolean;
  }>;
  /** Who was together at a time: a device that is with one of a group belongs to it. */
  groupsAt(atMs: number): Promise<readonly (readonly DeviceId[])[]>;
}
