import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { DeviceId } from '../domain/ids.js';
import type {
  Appended,
  DeviceCheckpoint,
  Journal,
  JournalEntry,
  JournalId,
  JournalUpdate,
} from '../domain/journal.js';
import type { MessageFormat, RawMessage } from '../domain/raw-message.js';
import { GatewayError, messageOf } from '../errors.js';

export interface LmdbJournalOptions {
  /** Folder of the journal; made if it is not there. */
  readonly path: string;
}

/** Between two attempts to write what could not be written. */
const RETRY_MS = 1000;
const CLOSE_WITHIN_MS = 2000;

type Row = [
  format: MessageFormat,
  topic: string,
  device: DeviceId | null,
  receivedAtMs: number,
  payload: Uint8Array,
];

type Change = (journal: Tables) => void;

interface Tables {
  readonly root: RootDatabase;
  readonly entries: Database<Row, JournalId>;
  readonly checkpoints: Database<unknown, DeviceId>;
}

/**
 * Opens the journal in a folder.
 *
 * Group commit: while one commit is being written to the disk, changes gather and go with the next one together.
 *
 * @throws GatewayError `STORE_UNAVAILABLE` when the folder cannot be used
 */
export async function openLmdbJournal({ path }: LmdbJournalOptions): Promise<Journal> {
  try {
    await mkdir(path, { recursive: true });
    // Batching by event turn would leave a promise of its own unhandled when a commit fails (the disk is full).
    const root = open({ path, noSubdir: false, eventTurnBatching: false });
    return new LmdbJournal(path, {
      root,
      entries: root.openDB({ name: 'entries' }),
      checkpoints: root.openDB({ name: 'checkpoints' }),
    });
  } catch (error) {
    throw new GatewayError(
      'STORE_UNAVAILABLE',
      `the journal cannot be opened in ${path}: ${messageOf(error)}; the folder must be writable (setting dataDir)`,
      { cause: error },
    );
  }
}

class LmdbJournal implements Journal {
  readonly #path: string;
  readonly #tables: Tables;
  #nextId: JournalId;
  #size: number;
  #gathering: Change[] = [];
  /** The commit that will take what is gathering now. */
  #nextCommit: Promise<void> | undefined;
  #lastCommit: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();
  #problem: string | undefined;

  constructor(path: string, tables: Tables) {
    this.#path = path;
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
    const { format, topic, device, receivedAtMs, payload } = message;
    const kept = this.#commit((tables) => {
      void tables.entries.put(id, [format, topic, device ?? null, receivedAtMs, payload]);
    });
    return { id, kept };
  }

  flushed(): Promise<void> {
    return this.#nextCommit ?? this.#lastCommit;
  }

  update({ released, checkpoints, forgotten }: JournalUpdate): Promise<void> {
    if (released.length + checkpoints.length + forgotten.length === 0) return Promise.resolve();
    this.#size -= released.length;
    return this.#commit((tables) => {
      for (const id of released) void tables.entries.remove(id);
      for (const { device, state } of checkpoints) void tables.checkpoints.put(device, state);
      for (const device of forgotten) void tables.checkpoints.remove(device);
    });
  }

  *entries(): Iterable<JournalEntry> {
    for (const { key, value } of this.#tables.entries.getRange({ snapshot: false })) {
      const [format, topic, device, receivedAtMs, payload] = value;
      yield { id: key, message: { format, topic, device: device ?? undefined, receivedAtMs, payload } };
    }
  }

  *checkpoints(): Iterable<DeviceCheckpoint> {
    for (const { key, value } of this.#tables.checkpoints.getRange()) yield { device: key, state: value };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What cannot be written now would not be written later either; its senders have not heard that it arrived.
    const patience = setTimeout(() => this.#closing.abort(), CLOSE_WITHIN_MS);
    await this.flushed().catch(() => undefined);
    clearTimeout(patience);
    await this.#tables.root.close();
  }

  #commit(change: Change): Promise<void> {
    this.#gathering.push(change);
    this.#nextCommit ??= this.#commitAfter(this.#lastCommit);
    return this.#nextCommit;
  }

  async #commitAfter(previous: Promise<void>): Promise<void> {
    await previous.catch(() => undefined);
    const changes = this.#gathering;
    this.#gathering = [];
    const commit = this.#writeUntilKept(changes);
    this.#lastCommit = commit;
    this.#nextCommit = undefined;
    await commit;
  }

  async #writeUntilKept(changes: readonly Change[]): Promise<void> {
    const { signal } = this.#closing;
    while (!(await this.#write(changes))) {
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted)
        throw new GatewayError('CLOSED', `the journal in ${this.#path} was closed`, { retryable: true });
    }
  }

  /** Resolves to whether the changes are on the disk. */
  async #write(changes: readonly Change[]): Promise<boolean> {
    try {
      await this.#tables.root.batch(() => {
        for (const change of changes) change(this.#tables);
      });
      await this.#tables.root.flushed;
      this.#problem = undefined;
      return true;
    } catch (error) {
      this.#problem = `the journal in ${this.#path} could not be written: ${messageOf(error)}; is the disk full or read-only?`;
      return false;
    }
  }
}
