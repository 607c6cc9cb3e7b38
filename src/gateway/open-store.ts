import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import type { Store } from '../domain/store.js';
import { createInfluxStore } from '../sinks/influx-store.js';
import { openLmdbStore } from '../sinks/lmdb-store.js';
import { readSecret } from './read-secret.js';

/** Opens the store that the configuration names. */
export async function openStore(config: Config): Promise<Store> {
  const { type, path, influxdb } = config.store;
  if (type === 'embedded') return await openLmdbStore({ path: path ?? join(config.dataDir, 'store') });
  const { url, database, username, batchLines } = influxdb;
  const password = await readSecret('store.influxdb', influxdb);
  return createInfluxStore({
    url,
    database,
    batchLines,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
}
