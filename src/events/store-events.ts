import { messageOf } from '../shared/errors.js';
import type { Warn } from '../telemetry/log-warning.js';
import type { EventDependencies } from './event-dependencies.js';
import { shorten } from './shorten.js';
import { toSeconds } from './to-seconds.js';

/** What happens at the store. */
export interface StoreEvents {
  storeWritten(durationMs: number): void;
  /** The store will never take these points. */
  storeRefused(points: number, words: string): void;
  /** The write failed and is tried again. */
  storeFailed(durationMs: number, error: unknown): void;
  storeRecovered(): void;
  /** The embedded store was damaged, and has been renamed. */
  storeSetAside(aside: string, detail: string): void;
  /** Said once: what an operator has to set up at the server. */
  storeSetUpNeeded(words: string): void;
}

export function storeEvents({ logger, metrics }: EventDependencies, warn: Warn): StoreEvents {
  return {
    storeWritten: (durationMs) =>
      metrics.storeWriteSeconds.observe({ outcome: 'written' }, toSeconds(durationMs)),
    storeRefused: (points, words) =>
      warn('store-refused', { points, words: shorten(words) }, 'the store refused points for good'),
    storeFailed: (durationMs, error) => {
      metrics.storeWriteSeconds.observe({ outcome: 'failed' }, toSeconds(durationMs));
      warn('store-failed', { error: messageOf(error) }, 'the store could not be written');
    },
    storeRecovered: () => logger.info('the store works again'),
    storeSetUpNeeded: (words) => logger.warn(words),
    storeSetAside: (aside, detail) =>
      logger.error({ aside, detail }, 'the store was damaged; it was set aside and a new one begun'),
  };
}
