import type { Clock } from '../shared/clock.js';

export interface ConnectedClockOptions {
  readonly clock: Clock;
  /** Whether messages can come at the moment. */
  readonly isHearing: () => boolean;
  /** Longest time that may have passed between two ticks, milliseconds; anything beyond it the process was stopped. */
  readonly longestStepMs: number;
}

/**
 * A clock that runs only while devices can be heard. It stands still while there is no connection to the broker and while
 * the process does not run, so that an outage is not taken for the silence of devices.
 */
export class ConnectedClock implements Clock {
  readonly #options: ConnectedClockOptions;
  #lastTickMs: number;
  #heardMs = 0;

  constructor(options: ConnectedClockOptions) {
    this.#options = options;
    this.#lastTickMs = options.clock.nowMs();
  }

  /** Time in which devices could be heard, milliseconds. */
  nowMs(): number {
    return this.#heardMs;
  }

  /** Lets it go on; to be called again and again. */
  tick(): void {
    const { clock, isHearing, longestStepMs } = this.#options;
    const nowMs = clock.nowMs();
    const stepMs = nowMs - this.#lastTickMs;
    this.#lastTickMs = nowMs;
    if (isHearing()) this.#heardMs += Math.min(longestStepMs, Math.max(0, stepMs));
  }
}
