import type { DeviceId } from './ids.js';

export const STATUSES = ['yes', 'no', 'unknown'] as const;
/** What the gateway holds true of a target; `unknown` when there is too little to go by. */
export type Status = (typeof STATUSES)[number];

/** A device's status for one target, said at a change or repeated as a heartbeat. */
export interface StatusUpdate {
  /** The same for the same change, however often it is computed: `<device>/<target>/<sinceMs>/<status>`. */
  readonly id: string;
  readonly device: DeviceId;
  readonly target: string;
  readonly status: Status;
  /** Smoothed probability of the status said, 0..1; 0 for `unknown`. */
  readonly confidence: number;
  /** Epoch milliseconds for which this holds. */
  readonly atMs: number;
  /** Epoch milliseconds since which the status has been the same. */
  readonly sinceMs: number;
  readonly kind: 'change' | 'heartbeat';
}

/** A stretch of time with one status. Half open: `[fromMs, toMs)`. */
export interface StatusInterval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly status: Status;
  readonly confidence: number;
}

/** A device's statuses of one target over a time range. */
export interface Timeline {
  readonly device: DeviceId;
  readonly target: string;
  readonly intervals: readonly StatusInterval[];
}
