import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors.js';
import { openTables, type Tables } from './lmdb-tables.js';

const COPY = 'rewriting';

/** A store opened anew. */
export interface Rewritten {
  readonly tables: Tables;
  /** Why the old file is still in its place; `undefined` when it is not. */
  readonly problem: string | undefined;
}

/**
 * Copies what is in a store to a new file and puts that in the old one's place, so that nothing is left of what was
 * removed. Nobody else may use the store meanwhile.
 *
 * @throws when the store, closed for the exchange, cannot be opened again; it stays closed then
 */
export async function rewriteFile(path: string, tables: Tables): Promise<Rewritten> {
  const copy = join(path, COPY);
  const problem = await problemOf(async () => {
    await rm(copy, { recursive: true, force: true });
    await mkdir(copy);
    await tables.root.backup(copy, true);
  });
  if (problem !== undefined) return { tables, problem };
  await tables.root.close();
  const exchange = await problemOf(() => rename(join(copy, 'data.mdb'), join(path, 'data.mdb')));
  await problemOf(() => rm(copy, { recursive: true, force: true }));
  return { tables: openTables(path), problem: exchange };
}

async function problemOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
