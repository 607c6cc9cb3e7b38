import { ABORT, type Database, open } from 'lmdb';
import { messageOf } from '../../shared/errors.js';
import type { Finding } from './check-folder.js';

/**
 * A process of its own that goes through a folder of lmdb's, because the native library ends its process on many kinds of
 * damage. Answers by one message to its parent; when it dies instead, that is the answer.
 */

type Bytes = Database<Uint8Array, Uint8Array>;

const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const;
/** Large enough that the allocator looks through its lists of free pages. */
const ALLOCATION_BYTES = 1 << 20;
/** lmdb's own errors that speak of the file; the others speak of limits or of the system. */
const DAMAGE_CODES = [-30_797, -30_796, -30_795, -30_794, -30_793, -30_784, -30_782];

const [, , path = ''] = process.argv;
process.send?.(look(path));

function look(folder: string): Finding {
  try {
    const problem = problemIn(folder);
    return problem === undefined ? { kind: 'sound' } : { kind: 'damaged', detail: problem };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? Number(error.code) : 0;
    const isDamage = DAMAGE_CODES.includes(code) || error instanceof RangeError;
    return { kind: isDamage ? 'damaged' : 'unusable', detail: messageOf(error) };
  }
}

function problemIn(folder: string): string | undefined {
  const root = open<Uint8Array, Uint8Array>({ path: folder, noSubdir: false, ...BINARY });
  const names = [...root.getKeys()].map((key) => Buffer.from(key).toString().replace(/\0$/, ''));
  for (const name of names) {
    const problem = problemOf(root.openDB({ name, ...BINARY }));
    if (problem !== undefined) return `${problem} in "${name}"`;
  }
  // Nothing of this is written: it only makes the library look through its lists of free pages.
  root.transactionSync(() => {
    root.putSync(Buffer.from([0xff]), Buffer.alloc(ALLOCATION_BYTES));
    return ABORT;
  });
  return undefined;
}

/** A damaged page often just ends the reading early, without an error: what was read must be as much as is written down. */
function problemOf(table: Bytes): string | undefined {
  let count = 0;
  let before: Uint8Array | undefined;
  for (const { key } of table.getRange({ snapshot: false })) {
    if (before !== undefined && Buffer.compare(before, key) >= 0) return 'entries are out of order';
    before = key;
    count += 1;
  }
  const { entryCount } = statsOf(table);
  return count === entryCount ? undefined : `${count} of ${entryCount} entries can be read`;
}

function statsOf(table: Bytes): { readonly entryCount: number } {
  // The package says no more of its answer than that it is an object.
  return table.getStats() as { readonly entryCount: number };
}
