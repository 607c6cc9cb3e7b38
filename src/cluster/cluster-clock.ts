import type { JetStreamManager } from '@nats-io/jetstream';
import type { Clock } from '../shared/clock.js';
import { bucketStream, OWNER_BUCKET } from './cluster-streams.js';

/** A clock is left alone that is off by less than this, milliseconds: those of NATS servers differ as much. */
const TOLERANCE_MS = 1000;

/**
 * The clock of this machine, moved to where NATS says it is: devices are heard by the time of the log, and what is made at one
 * gateway, such as a link that is good for ten minutes, is looked at by others.
 */
export class ClusterClock implements Clock {
  readonly #own: Clock;
  #offsetMs = 0;

  constructor(own: Clock) {
    this.#own = own;
  }

  nowMs(): number {
    return this.#own.nowMs() + this.#offsetMs;
  }

  /** What is added to the clock of this machine, milliseconds; 0 where that is right. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /**
   * Another clock was asked. Its answer was made at some moment between question and answer, and moves this one no further
   * than that moment proves it to be wrong.
   *
   * @param there what it said, epoch milliseconds
   * @param sentAtMs when it was asked, by the clock of this machine
   * @param heardAtMs when the answer came, by the clock of this machine
   */
  compare(there: number, sentAtMs: number, heardAtMs: number): void {
    const least = there - heardAtMs;
    const most = there - sentAtMs;
    if (this.#offsetMs > least - TOLERANCE_MS && this.#offsetMs < most + TOLERANCE_MS) return;
    const offsetMs = Math.min(most, Math.max(least, this.#offsetMs));
    // One that is right again is left alone again.
    this.#offsetMs = Math.abs(offsetMs) < TOLERANCE_MS ? 0 : offsetMs;
  }

  /** Asks NATS for its time. */
  async compareWith(manager: JetStreamManager): Promise<void> {
    const sentAtMs = this.#own.nowMs();
    const there = await timeOfNats(manager);
    if (there !== undefined) this.compare(there, sentAtMs, this.#own.nowMs());
  }
}

/** What time it is at NATS, epoch milliseconds; `undefined` where it does not say. */
export async function timeOfNats(manager: JetStreamManager): Promise<number | undefined> {
  // The client's types leave the time of the answer out.
  const info: object = await manager.streams.info(bucketStream(OWNER_BUCKET));
  const atMs = 'ts' in info ? Date.parse(String(info.ts)) : Number.NaN;
  return Number.isFinite(atMs) ? atMs : undefined;
}
