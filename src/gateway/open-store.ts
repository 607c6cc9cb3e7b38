import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import type { Store } from '../domain/store.js';
import type { Clock } from '../shared/clock.js';
import { openLmdbStore } from '../storage/embedded/lmdb-store.js';
import type { InfluxAddress } from '../storage/influx/influx-client.js';
import type { Events } from '../telemetry/events.js';
import { readSecret } from './read-secret.js';

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
    ...{ url, database },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(organization === undefined ? {} : { organization }),
  };
}
