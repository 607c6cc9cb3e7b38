import { join, resolve, sep } from 'node:path';
import type { Config } from '../config/schema.js';
import { readSecret } from '../config/secret-files.js';
import type { Journal } from '../domain/journal.js';
import type { Store } from '../domain/store.js';
import type { Recorder } from '../recordings/recorder.js';
import type { Clock } from '../shared/clock.js';
import { Closers, openTogether } from '../shared/lifetime.js';
import { lockFolder } from '../shared/lock.js';
import { openLmdbStore } from '../storage/embedded/lmdb-store.js';
import type { InfluxAddress } from '../storage/influx/influx-client.js';
import { openLmdbJournal } from '../storage/journal/lmdb-journal.js';
import type { Events } from '../telemetry/events.js';
import type { Models } from './open-models.js';
import type { Placements } from './placements.js';
import { openRecorder } from './recording.js';

/** Starting must not take longer for what has gathered in a store; what it was not seen in counts as sound. */
const CHECK_WITHIN_MS = 10_000;

/** Where the embedded store lies. */
export function embeddedFolder({ dataDir, store }: Pick<Config, 'dataDir' | 'store'>): string {
  return store.path ?? join(dataDir, 'store');
}

/**
 * Opens the store that the configuration names. An embedded one that is damaged is renamed to `<folder>.damaged-<time>`,
 * and a new one begun.
 */
export async function openStore(
  config: Config,
  clock: Clock,
  events?: Pick<Events, 'storeSetAside' | 'storeSetUpNeeded'>,
): Promise<Store> {
  const { type, influxdb } = config.store;
  if (type === 'embedded') {
    const path = embeddedFolder(config);
    const onSetAside = (aside: string, detail: string): void => events?.storeSetAside(aside, detail);
    return await openLmdbStore({ path, check: { clock, onSetAside, limitMs: CHECK_WITHIN_MS } });
  }
  const { createInfluxStore } = await import('../storage/influx/influx-store.js');
  return createInfluxStore({
    ...(await influxLogin(config)),
    batchLines: influxdb.batchLines,
    onSetUpNeeded: (words) => events?.storeSetUpNeeded(words),
  });
}

/** Where InfluxDB is, and as whom it is used. */
export async function influxLogin({ store }: Config): Promise<Omit<InfluxAddress, 'requestTimeoutMs'>> {
  const { url, database, username, token, organization } = store.influxdb;
  const password = await readSecret('store.influxdb', store.influxdb);
  return {
    url,
    database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(organization === undefined ? {} : { organization }),
  };
}

/** What lies on disks, in threads and behind networks. */
export interface Resources {
  readonly store: Store;
  readonly models: Models;
  readonly journal: Journal;
  readonly recorder: Recorder;
}

export interface ResourceDependencies {
  readonly clock: Clock;
  readonly events: Events;
  /** On their way since the start began. */
  readonly models: Promise<Models>;
  readonly placements: Pick<Placements, 'of'>;
}

/**
 * Locks the folders that one process at a time may write to: the data folder, and the store's where it lies elsewhere.
 *
 * @throws GatewayError `FOLDER_IN_USE` naming the process that has one of them
 */
export async function lockData(config: Config): Promise<AsyncDisposable> {
  const locks = new Closers();
  try {
    locks.add(await lockFolder(config.dataDir));
    if (config.store.type === 'embedded' && isOutside(embeddedFolder(config), config.dataDir)) {
      locks.add(await lockFolder(embeddedFolder(config)));
    }
    return locks;
  } catch (error) {
    await locks[Symbol.asyncDispose]();
    throw error;
  }
}

function isOutside(folder: string, other: string): boolean {
  return !`${resolve(folder)}${sep}`.startsWith(`${resolve(other)}${sep}`);
}

export async function openResources(
  config: Config,
  { clock, events, models: loading, placements }: ResourceDependencies,
  closers: Closers,
): Promise<Resources> {
  const path = join(config.dataDir, 'journal');
  const [models, store, journal, recorder] = await openTogether([
    loading,
    closers.adding(openStore(config, clock, events)),
    closers.adding(openLmdbJournal({ path, clock, onDamaged: events.journalDamaged })),
    closers.adding(openRecorder(config, { clock, events, placements })),
  ]);
  return { store, models, journal, recorder };
}
