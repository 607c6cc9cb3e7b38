import { type Backoff, backoffMs } from '../../shared/backoff.js';
import { GatewayError } from '../../shared/errors.js';

export interface PaceOptions {
  /** Points of a batch, at most. */
  readonly batchPoints: number;
  /** Batches a second while more waits than fits into one. */
  readonly catchUpBatchesPerSecond: number;
  readonly retry: Backoff;
}

/** The smallest batch that a store in trouble is tried with. */
const PROBE_POINTS = 100;
const MS_PER_SECOND = 1000;

/** When the next batch is due, and how large it may be. Plain: told of time, never asks for it. */
export class DrainPace {
  readonly #options: PaceOptions;
  #batchPoints: number;
  #failuresInARow = 0;
  /** Who failed asked to be left alone for so long. */
  #restMs = 0;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#batchPoints = options.batchPoints;
  }

  /** Fewer points while the store is in trouble, which may come of asking too much of it. */
  get batchPoints(): number {
    return this.#batchPoints;
  }

  get isFailing(): boolean {
    return this.#failuresInARow > 0;
  }

  /** @param random gives numbers in `[0, 1)` */
  waitMs(nowMs: number, random: () => number): number {
    if (this.#failuresInARow === 0) return Math.max(0, this.#notBeforeMs - nowMs);
    return Math.max(this.#restMs, backoffMs(this.#failuresInARow, this.#options.retry, random));
  }

  /** @param hasMore whether a batch was full and there is more: then the next keeps a distance */
  succeeded(startedAtMs: number, hasMore: boolean): void {
    const paceMs = MS_PER_SECOND / this.#options.catchUpBatchesPerSecond;
    this.#notBeforeMs = hasMore ? startedAtMs + paceMs : Number.NEGATIVE_INFINITY;
    this.#batchPoints = Math.min(this.#options.batchPoints, this.#batchPoints * 2);
    this.#failuresInARow = 0;
  }

  storeFailed(error: unknown): void {
    this.diskFailed(error);
    const least = Math.min(PROBE_POINTS, this.#options.batchPoints);
    this.#batchPoints = Math.max(least, Math.ceil(this.#batchPoints / 2));
  }

  diskFailed(error: unknown): void {
    this.#failuresInARow += 1;
    this.#restMs = error instanceof GatewayError ? (error.retryAfterMs ?? 0) : 0;
  }
}
