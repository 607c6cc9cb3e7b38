import type { DeviceId } from '../domain/ids.js';
import type { PairState } from './pair-tracker.js';

/** What an engine knows, as kept over a restart; plain. */
export interface CompanyState {
  /** The second for which pairs were being compared, epoch milliseconds; `undefined` between two. */
  readonly comparingMs?: number | undefined;
  readonly devices: readonly DeviceState[];
  readonly pairs: readonly {
    readonly first: DeviceId;
    readonly second: DeviceId;
    readonly state: PairState;
    /** When the two moved alike last. */
    readonly alikeMs: number;
    /** When the one was last seen to send what the other sends; `null`, or nothing, where it never was. */
    readonly copiedMs?: number | null;
  }[];
}

export interface DeviceState {
  readonly device: DeviceId;
  readonly newestMs: number;
  readonly reachedMs: number;
  /** Its signatures of the seconds up to the newest, oldest first. */
  readonly rows: Float32Array;
}
