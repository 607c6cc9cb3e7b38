/** Where time comes from. Stages take it as an argument, so that tests can set it. */
export interface Clock {
  /** Wall-clock time in epoch milliseconds. */
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };
