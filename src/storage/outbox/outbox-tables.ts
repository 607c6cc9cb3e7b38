import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { SoundFolder } from '../lmdb/open-folder.js';
import { OPEN_OPTIONS } from '../lmdb/open-options.js';
import type { EntryId, Peeked, PeekLimit } from './outbox.js';

/** What lies before the payload: a checksum of everything behind it, and the time of appending. */
const HEADER_BYTES = 12;
const CHECKSUM_BYTES = 4;

/** What an entry takes up on the disk besides its payload, about. */
const OVERHEAD_BYTES = 48;

interface StoredEntry {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly payload: Uint8Array;
}

/** An entry as it lies on the disk. */
export function encodeEntry(payload: Uint8Array, atMs: number): Buffer {
  const stored = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  stored.writeDoubleLE(atMs, CHECKSUM_BYTES);
  stored.set(payload, HEADER_BYTES);
  stored.writeUInt32LE(crc32(stored.subarray(CHECKSUM_BYTES)), 0);
  return stored;
}

/** Inverse of {@link encodeEntry}; `undefined` when it is not what was written. The payload is a copy. */
export function decodeEntry(stored: Buffer): StoredEntry | undefined {
  if (stored.length < HEADER_BYTES) return undefined;
  if (stored.readUInt32LE(0) !== crc32(stored.subarray(CHECKSUM_BYTES))) return undefined;
  return {
    atMs: stored.readDoubleLE(CHECKSUM_BYTES),
    payload: Uint8Array.from(stored.subarray(HEADER_BYTES)),
  };
}

/** What an entry counts against the limit of its queue, bytes. */
export function weightOf(stored: Uint8Array): number {
  return stored.length - HEADER_BYTES + OVERHEAD_BYTES;
}

/** What is written down of a queue, in the same commit as its entries. */
export interface QueueState {
  readonly entries: number;
  readonly bytes: number;
  readonly nextId: EntryId;
}

export const EMPTY_QUEUE: QueueState = { entries: 0, bytes: 0, nextId: 1 };

export type EntryKey = [queue: string, id: EntryId];

export interface OutboxTables {
  readonly root: RootDatabase;
  readonly entries: Database<Buffer, EntryKey>;
  readonly queues: Database<QueueState, string>;
}

/** Opens the sub-databases in a folder. Whatever is wrong with the folder is thrown as the library throws it. */
function openOutboxTables(path: string): OutboxTables {
  const root = open({ path, ...OPEN_OPTIONS });
  return {
    root,
    entries: root.openDB({ name: 'entries', encoding: 'binary' }),
    queues: root.openDB({ name: 'queues', encoding: 'json' }),
  };
}

/** What is written down of each queue, by its name. */
export function statesOf({ queues }: OutboxTables): Map<string, QueueState> {
  return new Map([...queues.getRange()].map(({ key, value }) => [key, value]));
}

/** The entries of a queue as they lie on the disk, from either end. */
export function rangeOf(
  { entries }: OutboxTables,
  queue: string,
  limit: Pick<PeekLimit, 'entries' | 'from'>,
  lowestId: EntryId = 0,
): Iterable<{ readonly key: EntryKey; readonly value: Buffer }> {
  const lowest: EntryKey = [queue, lowestId];
  const highest: EntryKey = [queue, Number.POSITIVE_INFINITY];
  return limit.from === 'newest'
    ? entries.getRange({ start: highest, end: lowest, reverse: true, limit: limit.entries })
    : entries.getRange({ start: lowest, end: highest, limit: limit.entries });
}

/** See {@link import('./outbox.js').Outbox.peek}. */
export function peekEntries(tables: OutboxTables, queue: string, limit: PeekLimit): Peeked {
  const peeked = { entries: [] as Peeked['entries'][number][], damaged: [] as EntryId[] };
  let bytes = 0;
  for (const { key, value } of rangeOf(tables, queue, limit)) {
    const [, id] = key;
    const entry = decodeEntry(value);
    if (entry === undefined) {
      peeked.damaged.push(id);
      continue;
    }
    bytes += entry.payload.length;
    if (peeked.entries.length > 0 && bytes > (limit.bytes ?? Number.POSITIVE_INFINITY)) break;
    peeked.entries.push({ id, ...entry });
  }
  return peeked;
}

/** Where an outbox is; what was in a damaged one is not delivered. */
export type OutboxFolder = SoundFolder;

/** An empty outbox whose file is larger than this gives the room back when it is opened. */
const SHRINK_BYTES = 64 * 1024 * 1024;

/** Opens a sound folder. The library's file never shrinks, so after a long outage it is begun again. */
export async function openOutboxFolder({ path }: Pick<OutboxFolder, 'path'>): Promise<OutboxTables> {
  const tables = openOutboxTables(path);
  const isEmpty = [...statesOf(tables).values()].every(({ entries }) => entries === 0);
  if (!isEmpty || (await stat(join(path, 'data.mdb'))).size <= SHRINK_BYTES) return tables;
  await tables.root.close();
  for (const file of ['data.mdb', 'lock.mdb']) await rm(join(path, file), { force: true });
  return openOutboxTables(path);
}
