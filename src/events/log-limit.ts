/** Lets one line a key through each interval and counts what it held back. */
export interface LogLimit {
  /**
   * Says whether to log now.
   *
   * @param key from a closed list (an event and its reason), since every key is remembered
   * @param nowMs epoch milliseconds
   * @returns how many lines of this key were held back since the last one, or `undefined` to stay silent
   */
  pass(key: string, nowMs: number): number | undefined;
}

interface KeyState {
  loggedAtMs: number;
  held: number;
}

/**
 * Creates a limiter that lets the first line of a key through at once, and then one each `intervalMs`.
 * A clock that was set back does not silence a key: the next line passes.
 */
export function createLogLimit(intervalMs: number): LogLimit {
  const states = new Map<string, KeyState>();
  return {
    pass(key, nowMs) {
      const state = states.get(key);
      if (state === undefined) {
        states.set(key, { loggedAtMs: nowMs, held: 0 });
        return 0;
      }
      const sinceMs = nowMs - state.loggedAtMs;
      if (sinceMs >= 0 && sinceMs < intervalMs) {
        state.held += 1;
        return undefined;
      }
      const { held } = state;
      state.loggedAtMs = nowMs;
      state.held = 0;
      return held;
    },
  };
}
