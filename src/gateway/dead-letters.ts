import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import type { Store } from '../domain/store.js';
import type { Clock } from '../shared/clock.js';
import { expireDeadLetters } from '../sinks/expire-dead-letters.js';
import { DeadLetterFile } from '../storage/outbox/dead-letter-file.js';

/** What the store has refused for good. */
export function storeDeadLetters({ dataDir }: Pick<Config, 'dataDir'>): DeadLetterFile {
  return new DeadLetterFile({ folder: join(dataDir, 'dead-letter'), name: 'store' });
}

/** Messages that brought a fault out. */
export function messageDeadLetters({ dataDir }: Pick<Config, 'dataDir'>): DeadLetterFile {
  return new DeadLetterFile({ folder: join(dataDir, 'dead-letter'), name: 'messages' });
}

/** What a store has refused lives no longer than what it has taken, a message with a fault no longer than windows. */
export function withDeadLetters(
  config: Config,
  clock: Clock,
  store: Pick<Store, 'expire'>,
): Pick<Store, 'expire'> {
  const letters = storeDeadLetters(config);
  const messages = messageDeadLetters(config);
  return {
    expire: async (expiry) => {
      await store.expire(expiry);
      await expireDeadLetters(letters, expiry, clock.nowMs());
      const { windowsBeforeMs } = expiry;
      if (windowsBeforeMs === undefined) return;
      for await (const { letters: kept, replace } of messages.take(clock.nowMs()))
        await replace(kept.filter(({ atMs }) => atMs >= windowsBeforeMs));
    },
  };
}
