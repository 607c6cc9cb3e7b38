import type { ResultBatch } from '../../domain/store.js';
import type { Backoff } from '../../shared/backoff.js';
import type { BufferedSinkHooks, BufferedSinkOptions } from '../buffered-sink-options.js';

export interface OutboxSinkOptions
  extends Pick<BufferedSinkOptions, 'batchPoints' | 'flushIntervalMs' | 'highWaterPoints' | 'maxPoints'> {
  /** Bytes that may wait on the disk, as the outbox counts them; beyond that the oldest points go. @defaultValue 1 GB */
  readonly maxBytes: number;
  /** Points that have waited on the disk for longer go, milliseconds. @defaultValue 30 days */
  readonly maxAgeMs: number;
  /**
   * Where nothing waits on the disk, results go past it to the store, which has so long to take them, milliseconds; then they
   * go to the disk after all. A caller that needs them to be safe waits as long. @defaultValue 0: always by way of the disk
   */
  readonly passWithinMs: number;
  /** Batches a second while more waits than fits into one, so that a store that is back has room to breathe. @defaultValue 5 */
  readonly catchUpBatchesPerSecond: number;
  /** Waits between attempts while the store, or the disk, is unavailable. @defaultValue 500 ms, doubling up to 30 s */
  readonly retry: Backoff;
  /** Longest that closing waits for the disk, and then again for the store, milliseconds. @defaultValue 2_500 */
  readonly closeTimeoutMs: number;
}

export const DEFAULT_OUTBOX_SINK_OPTIONS: OutboxSinkOptions = {
  batchPoints: 5_000,
  flushIntervalMs: 200,
  highWaterPoints: 20_000,
  maxPoints: 100_000,
  maxBytes: 1_000_000_000,
  maxAgeMs: 30 * 86_400_000,
  passWithinMs: 0,
  catchUpBatchesPerSecond: 5,
  retry: { initialMs: 500, maxMs: 30_000 },
  closeTimeoutMs: 2_500,
};

/**
 * Why points that were on the disk will not be written.
 *
 * - `too-much`: more waited than may
 * - `too-old`: they had waited for too long
 * - `damaged`: the disk did not give them back
 */
export type ExpiryReason = 'too-much' | 'too-old' | 'damaged';

export interface Expired {
  readonly reason: ExpiryReason;
  readonly points: number;
  /** How many of the points are windows. */
  readonly windows: number;
}

/**
 * What the sink tells of its work; see {@link BufferedSinkHooks}. Differs in that points refused by the store lie among
 * the dead letters, as does a batch on which the store failed for good, and in that `onRefused` tells exactly which
 * points the store refused, where the store does.
 */
export interface OutboxSinkHooks extends BufferedSinkHooks {
  /** A batch is safe on the disk, or in the store already, but for so many of its windows, which no store can keep. */
  onKept(batch: ResultBatch, refusedWindows: number): void;
  /** Points went from the disk that had not been written. */
  onExpired(expired: Expired): void;
  /** So many windows went from the disk because their device was forgotten. */
  onForgotten(windows: number): void;
  /** So many windows, kept by an earlier run, wait on the disk as well. */
  onRestored(windows: number): void;
  /** The disk cannot be used, after having worked; said once. */
  onDiskUnavailable(error: unknown): void;
  onDiskRecovered(): void;
  /** So many points lie among the dead letters now, for which so many older ones had to be deleted. */
  onDeadLetters(written: number, deleted: number): void;
}
