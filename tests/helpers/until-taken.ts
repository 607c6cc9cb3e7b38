import { setTimeout as sleep } from 'node:timers/promises';
import { isRetryable } from '../../src/shared/errors.js';

const ATTEMPTS = 50;
const PAUSE_MS = 100;

/**
 * Calls again while the answer is "later", as the outbox does; InfluxDB 1.x for one refuses writes with
 * `error syncing wal` at the moment in which it drops a series.
 */
export async function untilTaken<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!isRetryable(error) || attempt === ATTEMPTS) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
