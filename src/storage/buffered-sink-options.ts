import type { ResultBatch, WriteReport } from '../domain/store.js';
import type { Backoff } from '../shared/backoff.js';

export interface BufferedSinkOptions {
  /** Points written together; as soon as so many wait they are written. @defaultValue 5_000 */
  readonly batchPoints: number;
  /** Longest that results wait for others to be written with, milliseconds. @defaultValue 200 */
  readonly flushIntervalMs: number;
  /** From so many waiting points on the source should slow down, until half of them are left. @defaultValue 20_000 */
  readonly highWaterPoints: number;
  /** Results that would make more points wait than this are refused. @defaultValue 100_000 */
  readonly maxPoints: number;
  /** Waits between attempts while the store is unavailable. @defaultValue 500 ms, doubling up to 30 s */
  readonly retry: Backoff;
  /** Longest that closing waits for a last attempt to write, milliseconds. @defaultValue 5_000 */
  readonly closeTimeoutMs: number;
}

export const DEFAULT_BUFFERED_SINK_OPTIONS: BufferedSinkOptions = {
  batchPoints: 5_000,
  flushIntervalMs: 200,
  highWaterPoints: 20_000,
  maxPoints: 100_000,
  retry: { initialMs: 500, maxMs: 30_000 },
  closeTimeoutMs: 5_000,
};

/**
 * Why results did not reach the store.
 *
 * - `buffer-full`: too many waited already
 * - `store-refused`: the store will never take them
 * - `write-failed`: the store failed in a way that trying again would not help
 * - `closed`: the sink was closed before they could be written
 */
export type ResultRefusalReason = 'buffer-full' | 'store-refused' | 'write-failed' | 'closed';

export interface RefusedResults {
  readonly reason: ResultRefusalReason;
  readonly points: number;
  /** How many of the points are windows. */
  readonly windows: number;
  /** The results themselves; for `store-refused` the batch they were in, since a store only says how many. */
  readonly batch: ResultBatch;
  /** What the store said, or the limit that was reached. */
  readonly detail: string;
}

export interface StoredInfo {
  readonly report: WriteReport;
  /** From the acceptance of the oldest result of the batch until it was stored, milliseconds. */
  readonly oldestWaitMs: number;
  /** Time the store took, milliseconds. */
  readonly writeMs: number;
}

/** What a sink tells of its work. A hook must not throw; if one does, its error becomes an uncaught exception. */
export interface BufferedSinkHooks {
  /** A batch was written, but for what its report counts as refused; `onRefused` hears of that as well. */
  onStored(batch: ResultBatch, info: StoredInfo): void;
  onRefused(refusal: RefusedResults): void;
  /** Too much waits (true), or no longer (false). */
  onPressure(isHigh: boolean): void;
  /** The store failed after having worked; said once an outage. */
  onUnavailable(error: unknown): void;
  /** The store works again after an outage. */
  onRecovered(): void;
}
