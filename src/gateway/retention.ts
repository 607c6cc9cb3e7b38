import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import type { Expiry, Store } from '../domain/store.js';
import type { Clock } from '../shared/clock.js';
import { DeadLetterFile } from '../storage/outbox/dead-letter-file.js';
import { expireDeadLetters } from '../storage/outbox/dead-letters.js';
import type { Events } from '../telemetry/events.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

interface RetentionDependencies {
  readonly store: Pick<Store, 'expire'>;
  /** Removes recordings that ended before a time, epoch milliseconds. */
  readonly expireRecordings: (beforeMs: number) => Promise<void>;
  readonly clock: Clock;
  readonly events: Pick<Events, 'retentionFailed'>;
}

/** Removes results that are older than the configuration says, now and every hour; nothing where it says nothing. */
export function startRetention(
  { retention }: Pick<Config, 'retention'>,
  { store, expireRecordings, clock, events }: RetentionDependencies,
): AsyncDisposable {
  const limits = Object.values(retention).filter((days) => days !== undefined);
  if (limits.length === 0) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  let running: Promise<void> = Promise.resolve();
  const sweep = (): void => {
    running = running
      .then(() => store.expire(expiryOf(retention, clock.nowMs())))
      .then(async () => {
        const { recordingsDays } = retention;
        if (recordingsDays !== undefined) await expireRecordings(clock.nowMs() - recordingsDays * DAY_MS);
      })
      .catch((error: unknown) => events.retentionFailed(error));
  };
  sweep();
  const timer = setInterval(sweep, HOUR_MS);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

function expiryOf(retention: Config['retention'], nowMs: number): Expiry {
  const before = (days: number | undefined) => (days === undefined ? undefined : nowMs - days * DAY_MS);
  return {
    windowsBeforeMs: before(retention.windowsDays),
    statusesBeforeMs: before(retention.statusesDays),
    apparelBeforeMs: before(retention.apparelDays),
    companyBeforeMs: before(retention.companyDays),
  };
}

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
