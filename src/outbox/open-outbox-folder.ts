import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.js';
import { checkLmdbFolder, setFolderAside } from '../lmdb/check-folder.js';
import { type OutboxTables, openOutboxTables, statesOf } from './outbox-tables.js';

export interface OutboxFolder {
  /** Made if it is not there. */
  readonly path: string;
  readonly clock: Clock;
  /** The folder was damaged and has been renamed to `aside`; what was in it is not delivered. */
  readonly onSetAside?: (aside: string, detail: string) => void;
  /** Compiled file of the process that looks for damage; by default beside its module. */
  readonly probeUrl?: URL;
}

/** An empty outbox whose file is larger than this gives the room back when it is opened. */
const SHRINK_BYTES = 64 * 1024 * 1024;

/** Makes the folder if it is not there, and sets it aside if it is damaged. */
export async function makeSound({ path, clock, onSetAside, probeUrl }: OutboxFolder): Promise<void> {
  await mkdir(path, { recursive: true });
  const finding = await checkLmdbFolder(path, { probeUrl });
  if (finding.kind === 'unusable') throw new Error(finding.detail);
  if (finding.kind === 'sound') return;
  const aside = await setFolderAside(path, clock.nowMs());
  await mkdir(path, { recursive: true });
  onSetAside?.(aside, finding.detail);
}

/** Opens a sound folder. The library's file never shrinks, so after a long outage it is begun anew. */
export async function openOutboxFolder({ path }: OutboxFolder): Promise<OutboxTables> {
  const tables = openOutboxTables(path);
  const isEmpty = [...statesOf(tables).values()].every(({ entries }) => entries === 0);
  if (!isEmpty || (await stat(join(path, 'data.mdb'))).size <= SHRINK_BYTES) return tables;
  await tables.root.close();
  for (const file of ['data.mdb', 'lock.mdb']) await rm(join(path, file), { force: true });
  return openOutboxTables(path);
}

/** Closes the tables and puts a copy in their place that holds nothing of what was removed from them. */
export async function rewriteOutboxFolder({ path }: OutboxFolder, tables: OutboxTables): Promise<void> {
  const copy = join(path, 'rewriting');
  try {
    await rm(copy, { recursive: true, force: true });
    await mkdir(copy);
    await tables.root.backup(copy, true);
  } finally {
    await tables.root.close();
  }
  await rename(join(copy, 'data.mdb'), join(path, 'data.mdb'));
  await rm(copy, { recursive: true, force: true });
}
