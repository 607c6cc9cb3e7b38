import { type Database, open, type RootDatabase } from 'lmdb';
import { decodeEntry } from '../../outbox/entry-codec.js';
import { OPEN_OPTIONS } from '../lmdb/open-options.js';
import type { EntryId, Peeked, PeekLimit } from './outbox.js';

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
export function openOutboxTables(path: string): OutboxTables {
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
