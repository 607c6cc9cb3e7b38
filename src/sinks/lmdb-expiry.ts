import type { Database, Key } from 'lmdb';
import type { DeviceId } from '../domain/ids.js';
import { devicesOf, removeRange, type Tables, targetsOf } from '../storage/embedded/lmdb-tables.js';
import { toMicroseconds } from '../storage/storable-points.js';

/** Removes the entries before a time of a table whose keys begin with device and time; none without a time. */
export async function expireByTime<V, K extends [DeviceId, number, ...Key[]]>(
  { root }: Tables,
  table: Database<V, K>,
  beforeMs: number | undefined,
): Promise<void> {
  if (beforeMs === undefined) return;
  const before = toMicroseconds(beforeMs);
  for (const device of devicesOf(table)) await removeRange(root, table, [device], [device, before]);
}

/** Removes the statuses said before a time; none without a time. */
export async function expireStatuses(tables: Tables, beforeMs: number | undefined): Promise<void> {
  if (beforeMs === undefined) return;
  const before = toMicroseconds(beforeMs);
  for (const device of devicesOf(tables.statuses)) {
    for (const target of targetsOf(tables, device)) {
      await removeRange(tables.root, tables.statuses, [device, target], [device, target, before]);
    }
  }
}
