import type { Logger } from 'pino';
import type { Clock } from '../shared/clock.js';
import type { Ledger } from './ledger.js';
import type { Metrics } from './metrics.js';

const LOG_INTERVAL_MS = 60_000;

/** Logs a warning, at most once a minute a key; how many were held back comes with the next. */
export type Warn = (key: string, fields: Readonly<Record<string, unknown>>, text: string) => void;

export function createWarner(logger: Logger, clock: Clock): Warn {
  const limit = createLogLimit(LOG_INTERVAL_MS);
  return (key, fields, text) => {
    const heldBack = limit.pass(key, clock.nowMs());
    if (heldBack === undefined) return;
    logger.warn(heldBack === 0 ? fields : { ...fields, heldBack }, text);
  };
}

export interface EventDependencies {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly ledger: Ledger;
  readonly clock: Clock;
}

/** Topics and reasons come from outside: a line stays a line. */
const MAX_LOGGED_CHARACTERS = 200;

export function shorten(text: string): string {
  return text.length <= MAX_LOGGED_CHARACTERS ? text : `${text.slice(0, MAX_LOGGED_CHARACTERS)}…`;
}

const MS_PER_SECOND = 1000;

/** Durations are milliseconds in the code and seconds in metrics, as Prometheus wants it. */
export function toSeconds(ms: number): number {
  return ms / MS_PER_SECOND;
}

/** Lets one line a key through each interval and counts what it held back. */
interface LogLimit {
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
