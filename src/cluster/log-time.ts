import { addAbortListener } from 'node:events';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { LogScheduler } from './log-scheduler.js';

/** Time moves in steps of so much, milliseconds: silence is looked for at each. */
const STEP_MS = 1000;
const LOOK_MS = 2;

interface Work {
  /** Windows whose outcome is not known yet. */
  readonly computing: () => number;
  /** Resolves when more can be taken; `undefined` when it can now. */
  readonly whenReleased: () => Promise<void> | undefined;
}

/**
 * Moves the time of a partition as its log says. A step is made once everything before it has come to its end, so that what is
 * found out does not depend on how fast the gateway is.
 */
export class LogTime {
  readonly #scheduler: LogScheduler;
  readonly #work: Work;

  constructor(scheduler: LogScheduler, work: Work) {
    this.#scheduler = scheduler;
    this.#work = work;
  }

  /** Epoch milliseconds. */
  get nowMs(): number {
    return this.#scheduler.now();
  }

  /** The step that a time lies in, epoch milliseconds. */
  static stepOf(timeMs: number): number {
    return Math.floor(timeMs / STEP_MS) * STEP_MS;
  }

  /** Whether a message of that time lies beyond the present step. */
  isAhead(timeMs: number): boolean {
    return LogTime.stepOf(timeMs) > this.#scheduler.now();
  }

  async moveTo(timeMs: number, signal: AbortSignal): Promise<void> {
    // Of a partition without a past there is nothing to look for silence of.
    if (this.#scheduler.now() === 0) this.#scheduler.moveTo(LogTime.stepOf(timeMs));
    while (this.isAhead(timeMs) && !signal.aborted) {
      await this.settle(signal);
      if (signal.aborted) return;
      this.#scheduler.moveTo(this.#scheduler.now() + STEP_MS);
      while (this.#scheduler.runNext());
    }
  }

  /** Does what is due; resolves once rows and windows are made, though not yet stored. */
  async settle(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.catchUp(signal);
      if (this.#work.computing() === 0) return;
      await sleep(LOOK_MS);
    }
  }

  /** Does what is due now, a piece a turn, as fast as what comes after allows. */
  async catchUp(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const released = this.#work.whenReleased();
      if (released !== undefined) await orAborted(released, signal);
      else if (!this.#scheduler.runNext()) return;
      // Others, and who waited for the same, get their turn.
      await setImmediate();
    }
  }
}

/** Waits for a promise that never fails, but not beyond the end; nothing of the wait is left on the signal. */
async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const listener = addAbortListener(signal, () => resolve());
    void promise.then(() => {
      listener[Symbol.dispose]();
      resolve();
    });
  });
}
