/** Steps of the clock beyond this are taken over; smaller ones are left to the gateway, which estimates drift. */
const STEP_MS = 250;

/**
 * Turns the page's monotonic times into epoch times. The distance between the two clocks is kept, so that times never jump,
 * until somebody set the clock or the device slept.
 */
export class EpochClock {
  #offsetMs: number;

  /** @param nowMs epoch time; @param monotonicMs the same moment on the page's clock */
  constructor(nowMs: number, monotonicMs: number) {
    this.#offsetMs = nowMs - monotonicMs;
  }

  toEpoch(monotonicMs: number): number {
    return monotonicMs + this.#offsetMs;
  }

  /** Compares the clocks again. @returns whether times jumped */
  compare(nowMs: number, monotonicMs: number): boolean {
    const offsetMs = nowMs - monotonicMs;
    if (Math.abs(offsetMs - this.#offsetMs) < STEP_MS) return false;
    this.#offsetMs = offsetMs;
    return true;
  }
}
