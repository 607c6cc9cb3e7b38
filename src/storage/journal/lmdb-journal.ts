import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceId } from '../../domain/ids.js';
import type {
  Appended,
  DeviceCheckpoint,
  Journal,
  JournalEntry,
  JournalId,
  JournalUpdate,
} from '../../domain/journal.js';
import type { RawMessage } from '../../domain/message.js';
import type { Clock } from '../../shared/clock.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { commitReason, makeSound } from '../lmdb/open-folder.js';
import { rewriteFolder } from '../lmdb/rewrite-folder.js';
import { RoomGuard } from '../lmdb/room-guard.js';
import { CommitPace } from './commit-pace.js';
import {
  applyUpdate,
  type JournalTables,
  openJournalTables,
  putEntry,
  readCheckpoints,
  readEntries,
} from './journal-tables.js';
import { RecordPage } from './record-codec.js';

export interface LmdbJournalOptions {
  /** Folder of the journal; made if it is not there. */
  readonly path: string;
  readonly clock: Clock;
  /** Told in words what was found damaged, and what became of it. */
  readonly onDamaged?: (words: string) => void;
  /** Compiled file of the process that looks for damage; by default beside its module. */
  readonly probeUrl?: URL;
}

/** Between two attempts to write what could not be written. */
const RETRY_MS = 1000;
const CLOSE_WITHIN_MS = 2000;

/**
 * Opens the journal in a folder. A folder that is damaged is renamed to `<folder>.damaged-<time>`, and a new one begun.
 *
 * @throws GatewayError `STORE_UNAVAILABLE` when the folder cannot be used
 */
export async function openLmdbJournal(options: LmdbJournalOptions): Promise<Journal> {
  const { path, onDamaged } = options;
  const onSetAside = (aside: string, detail: string): void =>
    onDamaged?.(
      `the journal in ${path} is damaged (${detail}) and was set aside as ${aside}; a new one was begun, ` +
        'and messages that only the old one held are lost',
    );
  try {
    await makeSound({ ...options, onSetAside });
    return new LmdbJournal(options, openJournalTables(path));
  } catch (error) {
    throw new GatewayError(
      'STORE_UNAVAILABLE',
      `the journal cannot be opened in ${path}: ${messageOf(error)}; the folder must be writable (setting dataDir)`,
      { cause: error },
    );
  }
}

/** What a change does to the room on the disk. */
type Room = 'takes' | 'gives' | 'neither';

interface Change {
  readonly room: Room;
  /** @param page for records that are as large as messages */
  readonly apply: (tables: JournalTables, page: RecordPage) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What gives room back may use the reserve. */
export function takesRoom(changes: readonly Pick<Change, 'room'>[]): boolean {
  return changes.some(({ room }) => room === 'takes') && !changes.some(({ room }) => room === 'gives');
}

/**
 * Group commit: while one commit is on its way to the disk, changes gather and go with the next one together. What cannot
 * be written is tried again, together with what has come since, until it is written.
 */
class LmdbJournal implements Journal {
  readonly #options: LmdbJournalOptions;
  readonly #room: RoomGuard;
  #page = new RecordPage();
  #tables: JournalTables | undefined;
  #nextId: JournalId;
  #size: number;
  #gathering: Change[] = [];
  readonly #erasings: Pick<Change, 'resolve' | 'reject'>[] = [];
  #committing: Promise<void> | undefined;
  readonly #pace = new CommitPace();
  readonly #closing = new AbortController();
  #problem: string | undefined;

  constructor(options: LmdbJournalOptions, tables: JournalTables) {
    this.#options = options;
    this.#room = new RoomGuard(options.path);
    this.#tables = tables;
    const [last] = tables.entries.getKeys({ reverse: true, limit: 1 });
    this.#nextId = (last ?? 0) + 1;
    this.#size = tables.entries.getKeysCount();
  }

  get size(): number {
    return this.#size;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  append(message: RawMessage): Appended {
    const id = this.#nextId++;
    this.#size += 1;
    const apply: Change['apply'] = (tables, page) => putEntry(tables, id, message, page);
    return { id, kept: this.#commit('takes', apply, message.device) };
  }

  flushed(): Promise<void> {
    return this.#committing === undefined ? Promise.resolve() : this.#commit('neither', () => undefined);
  }

  update(update: JournalUpdate): Promise<void> {
    const { released, checkpoints, forgotten } = update;
    if (released.length + checkpoints.length + forgotten.length === 0) return Promise.resolve();
    this.#size -= released.length;
    const room = released.length + forgotten.length > 0 ? 'gives' : 'takes';
    return this.#commit(room, (tables) => applyUpdate(tables, update));
  }

  erase(): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#closedError());
    return new Promise((resolve, reject) => {
      this.#erasings.push({ resolve, reject });
      this.#committing ??= this.#commitAll();
    });
  }

  entries(): Iterable<JournalEntry> {
    return readEntries(
      () => this.#open(),
      (id) => {
        void this.update({ released: [id], checkpoints: [], forgotten: [] }).catch(() => undefined);
        this.#tellDamaged(`message ${id}`);
      },
    );
  }

  checkpoints(): Iterable<DeviceCheckpoint> {
    return readCheckpoints(this.#open(), (device: DeviceId) => {
      void this.update({ released: [], checkpoints: [], forgotten: [device] }).catch(() => undefined);
      this.#tellDamaged(`the checkpoint of ${device}`);
    });
  }

  /** What cannot be written now would not be written later either; its senders have not heard that it arrived. */
  async [Symbol.asyncDispose](): Promise<void> {
    const patience = setTimeout(() => this.#closing.abort(), CLOSE_WITHIN_MS);
    await this.#committing;
    clearTimeout(patience);
    this.#closing.abort();
    await this.#close();
  }

  #commit(room: Room, apply: Change['apply'], sender?: DeviceId): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#closedError());
    return new Promise((resolve, reject) => {
      this.#gathering.push({ room, apply, resolve, reject });
      this.#pace.changed(sender);
      this.#committing ??= this.#commitAll();
    });
  }

  async #commitAll(): Promise<void> {
    let changes: Change[] = [];
    while (this.#gathering.length + this.#erasings.length > 0) {
      await this.#pace.due();
      changes = changes.concat(this.#gathering.splice(0));
      if (await this.#write(changes)) {
        for (const { resolve } of changes.splice(0)) resolve();
        await this.#eraseAll();
        continue;
      }
      await sleep(RETRY_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      if (this.#closing.signal.aborted) break;
      // What could not be written stays at the head of what has gathered meanwhile.
      this.#gathering = changes.splice(0).concat(this.#gathering);
    }
    const left = [...changes, ...this.#gathering.splice(0), ...this.#erasings.splice(0)];
    for (const { reject } of left) reject(this.#closedError());
    this.#committing = undefined;
  }

  async #eraseAll(): Promise<void> {
    const asked = this.#erasings.splice(0);
    if (asked.length === 0) return;
    try {
      const { root } = this.#open();
      this.#tables = undefined;
      await rewriteFolder(this.#options.path, root);
      for (const { resolve } of asked) resolve();
    } catch (error) {
      const words = `messages were removed, but the journal in ${this.#options.path} still holds their bytes`;
      const reason = new GatewayError('STORE_UNAVAILABLE', `${words}: ${messageOf(error)}`, {
        retryable: true,
      });
      for (const { reject } of asked) reject(reason);
    }
  }

  /** Resolves to whether the changes are on the disk. */
  async #write(changes: readonly Change[]): Promise<boolean> {
    const { path } = this.#options;
    try {
      const tables = this.#open();
      if (takesRoom(changes)) await this.#room.require([tables.entries, tables.checkpoints]);
      await tables.root.batch(() => {
        for (const { apply } of changes) apply(tables, this.#page);
      });
      this.#page.clear();
      this.#problem = undefined;
      return true;
    } catch (error) {
      const reason = await commitReason(error);
      this.#problem = `the journal in ${path} could not be written: ${reason}; is the disk full or read-only?`;
      // After a failed commit the library may refuse all others, and may still read the page.
      this.#page = new RecordPage();
      await this.#close().catch(() => undefined);
      return false;
    }
  }

  #open(): JournalTables {
    this.#tables ??= openJournalTables(this.#options.path);
    return this.#tables;
  }

  async #close(): Promise<void> {
    const tables = this.#tables;
    this.#tables = undefined;
    await tables?.root.close();
  }

  #tellDamaged(what: string): void {
    const { path, onDamaged } = this.#options;
    onDamaged?.(`${what} in the journal in ${path} is not as it was written, and was left out`);
  }

  #closedError(): GatewayError {
    return new GatewayError('CLOSED', `the journal in ${this.#options.path} is closed`, { retryable: true });
  }
}
