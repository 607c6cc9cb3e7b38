import { mkdir, open as openFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { OPEN_OPTIONS } from './open-options.js';

type Bytes = Database<Uint8Array, Uint8Array>;

const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const;
const DATA_FILE = 'data.mdb';
/** Entries copied at once; between two such pages other work of the thread gets its turn. */
const PAGE_ENTRIES = 1000;

/** Where a copy is made; one that was left by a process that was killed is of no use. */
export function copyFolder(folder: string): string {
  return join(folder, 'rewriting');
}

/**
 * Puts a file in the place of an environment's that holds what is in it, and no byte of what was removed. Entries are
 * copied one by one: the library's own copy takes whole pages, and with them what was removed from a page, and
 * keys that are left between pages.
 *
 * @param root nobody else may write meanwhile; it is closed afterwards, also when this fails
 * @throws whatever keeps the copy from being made: the old file is in its place then
 */
export async function rewriteFolder(folder: string, root: RootDatabase): Promise<void> {
  const copy = copyFolder(folder);
  try {
    await rm(copy, { recursive: true, force: true });
    await mkdir(copy);
    await copyEntries(root, copy);
  } finally {
    await root.close();
  }
  await rename(join(copy, DATA_FILE), join(folder, DATA_FILE));
  await rm(copy, { recursive: true, force: true });
}

async function copyEntries(root: RootDatabase, folder: string): Promise<void> {
  // Nothing in it counts before it is whole: it is put on the disk at the end.
  const target = open<Uint8Array, Uint8Array>({ path: folder, ...OPEN_OPTIONS, ...BINARY, noSync: true });
  try {
    for (const name of namesIn(root)) {
      await copyTable(root.openDB({ name, ...BINARY }), target, target.openDB({ name, ...BINARY }));
    }
  } finally {
    await target.close();
  }
  await using file = await openFile(join(folder, DATA_FILE), 'r+');
  await file.sync();
}

async function copyTable(
  from: Bytes,
  target: RootDatabase<Uint8Array, Uint8Array>,
  to: Bytes,
): Promise<void> {
  let start: { readonly start: Uint8Array; readonly exclusiveStart: true } | undefined;
  for (;;) {
    const page = [...from.getRange({ ...start, limit: PAGE_ENTRIES })];
    const last = page.at(-1);
    if (last === undefined) return;
    await target.batch(() => {
      for (const { key, value } of page) void to.put(key, value);
    });
    start = { start: last.key, exclusiveStart: true };
  }
}

function namesIn(root: RootDatabase): string[] {
  return [...root.getKeys()].map((key) => String(key).replace(/\0$/, ''));
}
