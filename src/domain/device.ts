import type { DeviceId } from './ids.js';
import type { SampleFate } from './ledger.js';
import type { SensorKind } from './samples.js';
import type { Status, StatusCaveats, UnknownReason } from './status.js';

/** How a device's messages came in, counted from its session and message numbers. */
export interface DeliveryCounts {
  readonly messages: number;
  /** Message numbers that never came. */
  readonly missing: number;
  readonly duplicates: number;
  /** Messages that came after one with a higher number. */
  readonly reordered: number;
}

/** How a device's clock relates to the gateway's. */
export interface ClockInfo {
  readonly kind: 'epoch' | 'boot' | 'experiment';
  /** Gateway time minus device time, milliseconds; for an epoch clock the smallest delay seen. */
  readonly offsetMs: number;
  /** Estimated drift of the device's clock against the gateway's, parts per million. */
  readonly driftPpm: number;
}

export interface SensorInfo {
  readonly sensor: SensorKind;
  readonly samples: number;
  /** Rate over the last message, hertz. */
  readonly rateHz: number;
}

export interface CurrentStatus extends StatusCaveats {
  readonly target: string;
  readonly status: Status;
  readonly confidence: number;
  readonly sinceMs: number;
  /** Of `unknown`: why. */
  readonly reason?: UnknownReason;
}

/** Convention of signs and units in force for a device, and how it was found. */
export interface PlatformInfo {
  readonly name: 'ios' | 'android';
  readonly from: 'declared' | 'detected' | 'assumed';
}

/** What is known of a device's convention; plain. */
export interface PlatformState {
  readonly info: PlatformInfo;
  /** Contradicting messages it takes to change the convention; 100 when only proof does. */
  readonly certainty: number;
}

/** What the gateway knows of a device now. */
export interface DeviceInfo {
  readonly id: DeviceId;
  readonly online: boolean;
  /** When it sent last, by the gateway's clock, epoch milliseconds; -Infinity where that is not known. */
  readonly lastSeenMs: number;
  readonly statuses: readonly CurrentStatus[];
  readonly sensors: readonly SensorInfo[];
  readonly delivery: DeliveryCounts;
  readonly samples: Readonly<Record<SampleFate, number>>;
  readonly clock: ClockInfo | undefined;
  readonly platform: PlatformInfo | undefined;
}

/** State of one part of the gateway. */
export interface PartHealth {
  readonly name: string;
  readonly ok: boolean;
  /** What is wrong, or what is being waited for; empty when all is well. */
  readonly detail: string;
}

export interface HealthReport {
  /** True when the gateway takes data and stores results. */
  readonly ready: boolean;
  readonly parts: readonly PartHealth[];
}
