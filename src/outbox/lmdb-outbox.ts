import { mkdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Observable, Subject } from 'rxjs';
import type { Clock } from '../clock.js';
import { GatewayError, messageOf } from '../errors.js';
import { checkLmdbFolder, setFolderAside } from '../lmdb/check-folder.js';
import { commitReason } from '../lmdb/commit-reason.js';
import { decodeEntry } from './entry-codec.js';
import type { EntryId, Outbox, Peeked, PeekLimit, QueueLimits, QueueSize, Trimmed } from './outbox.js';
import { OutboxDraft } from './outbox-draft.js';
import {
  EMPTY_QUEUE,
  type OutboxTables,
  openOutboxTables,
  peekEntries,
  type QueueState,
  rangeOf,
} from './outbox-tables.js';

export interface LmdbOutboxOptions {
  /** Folder of the outbox; made when it is first needed. */
  readonly path: string;
  readonly clock: Clock;
  /** The folder was damaged and has been renamed to `aside`; what was in it is not delivered. */
  readonly onSetAside?: (aside: string, detail: string) => void;
  /** Compiled file of the process that looks for damage; by default beside its module. */
  readonly probeUrl?: URL;
}

interface Change {
  /** Whether it needs room on the disk. */
  readonly grows: boolean;
  readonly apply: (draft: OutboxDraft) => () => void;
  readonly reject: (error: unknown) => void;
}

/** Room that appending leaves on the disk, so that there is always enough to remove what has been delivered. */
const RESERVE_BYTES = 16 * 1024 * 1024;
/** On a small disk, this share of it. */
const RESERVE_SHARE = 0.05;
/** An empty outbox whose file is larger than this gives the room back when it is opened. */
const SHRINK_BYTES = 64 * 1024 * 1024;

/**
 * An outbox in a folder of its own: crash safe, and with group commits: while one commit is on its way to the disk,
 * changes gather and go with the next one together. Opens the folder when it is first needed, and again after a failure.
 */
export function createLmdbOutbox(options: LmdbOutboxOptions): Outbox {
  return new LmdbOutbox(options);
}

class LmdbOutbox implements Outbox {
  readonly #options: LmdbOutboxOptions;
  readonly #opened$ = new Subject<void>();
  #tables: OutboxTables | undefined;
  #opening: Promise<OutboxTables> | undefined;
  #isChecked = false;
  #isClosed = false;
  #states: ReadonlyMap<string, QueueState> = new Map();
  #gathering: Change[] = [];
  #committing: Promise<void> | undefined;

  constructor(options: LmdbOutboxOptions) {
    this.#options = options;
  }

  get opened$(): Observable<void> {
    return this.#opened$;
  }

  async open(): Promise<void> {
    this.#requireOpen();
    await this.#open();
  }

  append(queue: string, payloads: readonly Uint8Array[], nowMs: number): Promise<void> {
    return this.#commit(true, (draft) => draft.append(queue, payloads, nowMs));
  }

  settle(queue: string, ids: readonly EntryId[]): Promise<void> {
    return this.#commit(false, (draft) => draft.settle(queue, ids));
  }

  trim(queue: string, limits: QueueLimits): Promise<Trimmed> {
    return this.#commit(false, (draft) => draft.trim(queue, limits));
  }

  async peek(queue: string, limit: PeekLimit): Promise<Peeked> {
    this.#requireOpen();
    await this.#open();
    // To read from a folder that has been closed in between would end the process.
    return this.#tables === undefined
      ? await this.peek(queue, limit)
      : peekEntries(this.#tables, queue, limit);
  }

  size(queue: string): QueueSize {
    const { entries, bytes } = this.#states.get(queue) ?? EMPTY_QUEUE;
    const oldest = this.#tables === undefined || entries === 0 ? undefined : oldestOf(this.#tables, queue);
    return { entries, bytes, oldestAtMs: oldest };
  }

  /** Waits for what has been asked for; what comes later is refused. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#committing;
    await this.#opening?.catch(() => undefined);
    await this.#close();
    this.#opened$.complete();
  }

  /** Gathers a change for the next commit; resolves to what it gave once it is on the disk. */
  async #commit<T>(grows: boolean, change: (draft: OutboxDraft) => T): Promise<T> {
    this.#requireOpen();
    return await new Promise((resolve, reject) => {
      const apply = (draft: OutboxDraft) => {
        const result = change(draft);
        return () => resolve(result);
      };
      this.#gathering.push({ grows, apply, reject });
      this.#committing ??= this.#commitAll().finally(() => {
        this.#committing = undefined;
      });
    });
  }

  async #commitAll(): Promise<void> {
    // Lets everything that is called without waiting in between go together.
    await Promise.resolve();
    while (this.#gathering.length > 0) {
      const changes = this.#gathering;
      this.#gathering = [];
      try {
        await this.#write(changes);
      } catch (error) {
        const reason = await this.#failed(error);
        for (const change of changes) change.reject(reason);
      }
    }
  }

  async #write(changes: readonly Change[]): Promise<void> {
    const tables = await this.#open();
    if (changes.some(({ grows }) => grows)) await this.#requireRoom();
    const draft = new OutboxDraft(tables, this.#states);
    const settled = changes.map(({ apply }) => apply(draft));
    if (!draft.isEmpty) await tables.root.batch(() => draft.write());
    this.#states = draft.states;
    for (const resolve of settled) resolve();
  }

  /** After a failed commit the library may refuse all others, so the folder is opened anew. */
  async #failed(error: unknown): Promise<GatewayError> {
    await this.#close().catch(() => undefined);
    return error instanceof GatewayError
      ? error
      : this.#unavailable('written', await commitReason(error), error);
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new GatewayError('CLOSED', `the outbox in ${this.#options.path} is closed`);
  }

  async #requireRoom(): Promise<void> {
    const { bavail, blocks, bsize } = await statfs(this.#options.path);
    const reserveBytes = Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_SHARE);
    if (bavail * bsize < reserveBytes) throw new Error(`only ${bavail * bsize} bytes are left on its disk`);
  }

  async #open(): Promise<OutboxTables> {
    if (this.#tables !== undefined) return this.#tables;
    this.#opening ??= this.#openFolder().finally(() => {
      this.#opening = undefined;
    });
    return await this.#opening;
  }

  async #openFolder(): Promise<OutboxTables> {
    try {
      await this.#makeSound();
      let tables = openOutboxTables(this.#options.path);
      if (await this.#isWorthShrinking(tables)) tables = await this.#startAnew(tables);
      this.#tables = tables;
      this.#states = statesOf(tables);
      this.#opened$.next();
      return tables;
    } catch (error) {
      throw this.#unavailable('opened', messageOf(error), error);
    }
  }

  /** Makes the folder if it is not there, and sets it aside if it is damaged. */
  async #makeSound(): Promise<void> {
    const { path, clock, onSetAside, probeUrl } = this.#options;
    await mkdir(path, { recursive: true });
    if (this.#isChecked) return;
    const finding = await checkLmdbFolder(path, { probeUrl });
    if (finding.kind === 'unusable') throw new Error(finding.detail);
    if (finding.kind === 'damaged') {
      const aside = await setFolderAside(path, clock.nowMs());
      await mkdir(path, { recursive: true });
      onSetAside?.(aside, finding.detail);
    }
    this.#isChecked = true;
  }

  /** The library's file keeps its size for ever, so after a long outage it is larger than it need be. */
  async #isWorthShrinking(tables: OutboxTables): Promise<boolean> {
    const isEmpty = [...statesOf(tables).values()].every(({ entries }) => entries === 0);
    return isEmpty && (await stat(join(this.#options.path, 'data.mdb'))).size > SHRINK_BYTES;
  }

  async #startAnew(tables: OutboxTables): Promise<OutboxTables> {
    const { path } = this.#options;
    await tables.root.close();
    for (const file of ['data.mdb', 'lock.mdb']) await rm(join(path, file), { force: true });
    return openOutboxTables(path);
  }

  async #close(): Promise<void> {
    const tables = this.#tables;
    this.#tables = undefined;
    await tables?.root.close();
  }

  #unavailable(what: string, reason: string, cause: unknown): GatewayError {
    return new GatewayError(
      'OUTBOX_UNAVAILABLE',
      `the outbox in ${this.#options.path} cannot be ${what}: ${reason}; ` +
        'is the disk full, or the folder read-only (setting dataDir)?',
      { retryable: true, cause },
    );
  }
}

function statesOf({ queues }: OutboxTables): Map<string, QueueState> {
  return new Map([...queues.getRange()].map(({ key, value }) => [key, value]));
}

function oldestOf(tables: OutboxTables, queue: string): number | undefined {
  for (const { value } of rangeOf(tables, queue, { entries: 1 })) return decodeEntry(value)?.atMs;
  return undefined;
}
