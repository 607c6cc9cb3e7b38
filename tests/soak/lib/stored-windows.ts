import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredWindow } from '../../../src/domain/store.js';
import type { SimulatedPhone } from '../../../src/recordings/simulation/phone.js';
import { createInfluxStore } from '../../../src/storage/influx/influx-store.js';
import type { FaultWorld } from './fault-world.js';

/** Without a new window for this long no more are waited for. */
const NOTHING_NEW_MS = 45_000;
const POLL_MS = 1000;

/** What the database holds of some phones once it is as many windows as expected, or nothing new has come for long. */
export async function storedWindows(
  { config, influxd }: Pick<FaultWorld, 'config' | 'influxd'>,
  phones: readonly SimulatedPhone[],
  expected: number,
): Promise<StoredWindow[]> {
  const { database } = config.store.influxdb;
  await using store = createInfluxStore({ url: influxd.url, database });
  const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER / 1000 };
  let stored: StoredWindow[] = [];
  let newAtMs = performance.now();
  while (performance.now() - newAtMs < NOTHING_NEW_MS) {
    const lists = phones.map(({ device }) => store.windows(device, range, Number.POSITIVE_INFINITY));
    const now = (await Promise.all(lists)).flat();
    if (now.length !== stored.length) newAtMs = performance.now();
    stored = now;
    if (stored.length >= expected) break;
    await sleep(POLL_MS);
  }
  return stored;
}
