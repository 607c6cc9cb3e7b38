import { join } from 'node:path';
import type { Clock } from '../clock.js';
import type { Config } from '../config/schema.js';
import type { Store } from '../domain/store.js';
import { DeadLetterFile } from '../outbox/dead-letter-file.js';
import { expireDeadLetters } from '../sinks/expire-dead-letters.js';

/** What the store has refused for good. */
export function storeDeadLetters({ dataDir }: Pick<Config, 'dataDir'>): DeadLetterFile {
  return new DeadLetterFile({ folder: join(dataDir, 'dead-letter'), name: 'store' });
}

/** What a store has refused lives no longer than what it has taken. */
export function withDeadLetters(
  config: Config,
  clock: Clock,
  store: Pick<Store, 'expire'>,
): Pick<Store, 'expire'> {
  const letters = storeDeadLetters(config);
  return {
    expire: async (expiry) => {
      await store.expire(expiry);
      await expireDeadLetters(letters, expiry, clock.nowMs());
    },
  };
}
