import type { Logger } from 'pino';
import { createLogLimit } from '../events/log-limit.js';
import type { Clock } from '../shared/clock.js';

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
