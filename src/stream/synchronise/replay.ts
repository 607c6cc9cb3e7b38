import type { JournalId } from '../../domain/journal.js';
import type { Line } from './clock-mapping.js';
import type { StreamsProgress } from './device-streams.js';

/** How a message came in: enough for it to come in again in the same way. */
export interface Arrival {
  /** Newest believable sample of it, epoch milliseconds. */
  readonly newestMs: number;
  /** Rows up to here were closed before it, epoch milliseconds. */
  readonly closeMs: number;
  /** Its samples up to here came too late, epoch milliseconds. */
  readonly closedMs: number;
  /** Order in which the device sent it. */
  readonly rank: number;
  /** How often the device's clock had been set back. */
  readonly resets: number;
  /** Of a clock that had to be mapped: how it was. */
  readonly line: Line | undefined;
}

/** The messages of a device that must be gone through again, in their order. */
export type Arrivals = readonly (readonly [JournalId, Arrival])[];

/** Of a message of which nothing was taken. */
export const NOWHERE: Arrival = {
  newestMs: Number.NEGATIVE_INFINITY,
  closeMs: Number.NEGATIVE_INFINITY,
  closedMs: Number.NEGATIVE_INFINITY,
  rank: 0,
  resets: Number.NaN,
  line: undefined,
};

/** How far a device's samples had come. */
export interface AlignerProgress {
  readonly newestMs: number;
  readonly closeMs: number;
  readonly arrivals: number;
  readonly lateMessages: number;
  readonly resets: number;
  /** When a message came last, in the time by which the device is silent, epoch milliseconds. */
  readonly heardMs: number;
  readonly streams: StreamsProgress;
}

/**
 * The messages of a device that an earlier run has taken in and that are still needed, with how each came in. Gone through again
 * in their order, each closes the rows that were closed before it, whatever came in between and is not needed any more.
 */
export class Replay {
  /** How far the device had come after all of them. */
  readonly progress: AlignerProgress;
  readonly #waiting: Map<JournalId, Arrival>;

  constructor(arrivals: Arrivals, progress: AlignerProgress) {
    this.progress = progress;
    // Those of before the clock was set back would lie in the device's future.
    this.#waiting = new Map(arrivals.filter(([, { resets }]) => resets === progress.resets));
  }

  get isOver(): boolean {
    return this.#waiting.size === 0;
  }

  /** How a message came in; `undefined` for one that is not needed. */
  take(id: JournalId | undefined): Arrival | undefined {
    if (id === undefined) return undefined;
    const arrival = this.#waiting.get(id);
    this.#waiting.delete(id);
    return arrival;
  }
}
