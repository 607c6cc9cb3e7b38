import { type Database, open, type RootDatabase } from 'lmdb';
import type { DeviceId } from '../../domain/ids.js';
import type { DeviceCheckpoint, JournalEntry, JournalId, JournalUpdate } from '../../domain/journal.js';
import type { RawMessage } from '../../domain/message.js';
import { OPEN_OPTIONS } from '../lmdb/open-options.js';
import { decodeRecord, encodeMessage, encodeRecord, type RecordPage } from './record-codec.js';

/** The sub-databases of a journal; what lies in them is written by `record-codec.ts`. */
export interface JournalTables {
  readonly root: RootDatabase;
  readonly entries: Database<Buffer, JournalId>;
  readonly checkpoints: Database<Buffer, DeviceId>;
}

/** Entries read at once. */
const PAGE_ENTRIES = 100;

/** Opens the sub-databases in a folder. Whatever is wrong with the folder is thrown as the library throws it. */
export function openJournalTables(path: string): JournalTables {
  const root = open({ path, ...OPEN_OPTIONS });
  return {
    root,
    entries: root.openDB({ name: 'entries', encoding: 'binary' }),
    checkpoints: root.openDB({ name: 'checkpoints', encoding: 'binary' }),
  };
}

/** @param page must not be cleared before the commit is over: the library reads records in place */
export function putEntry(
  { entries }: JournalTables,
  id: JournalId,
  message: RawMessage,
  page: RecordPage,
): void {
  void entries.put(id, encodeMessage(message, page));
}

export function applyUpdate(
  tables: JournalTables,
  { released, checkpoints, forgotten }: JournalUpdate,
): void {
  for (const id of released) void tables.entries.remove(id);
  for (const { device, state } of checkpoints) void tables.checkpoints.put(device, encodeRecord(state));
  for (const device of forgotten) void tables.checkpoints.remove(device);
}

/**
 * Entries in order, page by page, so that they may be many.
 *
 * @param tables asked for again for each page: to read from what has been closed meanwhile would end the process
 * @param onDamaged told of each entry that is not as it was written
 */
export function* readEntries(
  tables: () => JournalTables,
  onDamaged: (id: JournalId) => void,
): Generator<JournalEntry, void, undefined> {
  let last: JournalId = 0;
  for (;;) {
    const page = [...tables().entries.getRange({ start: last, exclusiveStart: true, limit: PAGE_ENTRIES })];
    for (const { key: id, value } of page) {
      last = id;
      const record = decodeRecord(value);
      // The checksum vouches for what `putEntry` wrote.
      if (record === undefined) onDamaged(id);
      else yield { id, message: record.value as RawMessage };
    }
    if (page.length < PAGE_ENTRIES) return;
  }
}

/** @param onDamaged told of each device whose checkpoint is not as it was written */
export function* readCheckpoints(
  { checkpoints }: JournalTables,
  onDamaged: (device: DeviceId) => void,
): Generator<DeviceCheckpoint, void, undefined> {
  for (const { key: device, value } of [...checkpoints.getRange()]) {
    const record = decodeRecord(value);
    if (record === undefined) onDamaged(device);
    else yield { device, state: record.value };
  }
}
