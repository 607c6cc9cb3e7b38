import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SoundFolder } from '../storage/lmdb/open-folder.js';
import { type OutboxTables, openOutboxTables, statesOf } from '../storage/outbox/outbox-tables.js';

/** Where an outbox is; what was in a damaged one is not delivered. */
export type OutboxFolder = SoundFolder;

/** An empty outbox whose file is larger than this gives the room back when it is opened. */
const SHRINK_BYTES = 64 * 1024 * 1024;

/** Opens a sound folder. The library's file never shrinks, so after a long outage it is begun anew. */
export async function openOutboxFolder({ path }: Pick<OutboxFolder, 'path'>): Promise<OutboxTables> {
  const tables = openOutboxTables(path);
  const isEmpty = [...statesOf(tables).values()].every(({ entries }) => entries === 0);
  if (!isEmpty || (await stat(join(path, 'data.mdb'))).size <= SHRINK_BYTES) return tables;
  await tables.root.close();
  for (const file of ['data.mdb', 'lock.mdb']) await rm(join(path, file), { force: true });
  return openOutboxTables(path);
}
