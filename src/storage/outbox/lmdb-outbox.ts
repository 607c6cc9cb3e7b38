import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Observable, Subject } from 'rxjs';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { commitReason, makeSound } from '../lmdb/open-folder.js';
import { rewriteFolder } from '../lmdb/rewrite-folder.js';
import { RoomGuard } from '../lmdb/room-guard.js';
import type { EntryId, Outbox, Peeked, PeekLimit, QueueLimits, QueueSize, Trimmed } from './outbox.js';
import { OutboxDraft, type Sifted } from './outbox-draft.js';
import {
  decodeEntry,
  EMPTY_QUEUE,
  type OutboxFolder,
  type OutboxTables,
  openOutboxFolder,
  peekEntries,
  type QueueState,
  rangeOf,
  statesOf,
} from './outbox-tables.js';

interface Change {
  /** Whether it needs room on the disk. */
  readonly grows: boolean;
  readonly apply: (draft: OutboxDraft) => () => void;
  readonly reject: (error: unknown) => void;
}

/** Entries looked at in one turn. */
const PAGE_ENTRIES = 2000;
const NO_BYTES = new Uint8Array(0);

/**
 * An outbox in a folder of its own: crash safe, and with group commits: while one commit is on its way to the disk,
 * changes gather and go with the next one together. Opens the folder when it is first needed, and again after a failure.
 */
export function createLmdbOutbox(options: OutboxFolder): Outbox {
  return new LmdbOutbox(options);
}

class LmdbOutbox implements Outbox {
  readonly #options: OutboxFolder;
  readonly #room: RoomGuard;
  readonly #opened$ = new Subject<void>();
  /** Looked at again after every wait: to use a folder that has been closed meanwhile would end the process. */
  #tables: OutboxTables | undefined;
  #opening: Promise<void> | undefined;
  #isChecked = false;
  #isClosed = false;
  #states: ReadonlyMap<string, QueueState> = new Map();
  #gathering: Change[] = [];
  readonly #rewritings: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  #committing: Promise<void> | undefined;

  constructor(options: OutboxFolder) {
    this.#options = options;
    this.#room = new RoomGuard(options.path);
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
    while (this.#tables === undefined) await this.#open();
    try {
      return peekEntries(this.#tables, queue, limit);
    } catch (error) {
      throw await this.#failed(error);
    }
  }

  async purge(
    queue: string,
    isUnwanted: (payload: Uint8Array) => boolean,
    onRemoved: (entries: number) => void,
  ): Promise<void> {
    let nextId: EntryId | undefined = 0;
    while (nextId !== undefined) {
      const fromId: EntryId = nextId;
      const sifted: Sifted = await this.#commit(false, (draft) => draft.sift(queue, fromId, isUnwanted));
      if (sifted.removed > 0) onRemoved(sifted.removed);
      nextId = sifted.nextId;
    }
    await this.#rewrite();
  }

  async has(queue: string, isWanted: (payload: Uint8Array) => boolean): Promise<boolean> {
    this.#requireOpen();
    for (let fromId: EntryId = 0; ; ) {
      while (this.#tables === undefined) await this.#open();
      const page = [...rangeOf(this.#tables, queue, { entries: PAGE_ENTRIES }, fromId)];
      if (page.some(({ value }) => isWanted(decodeEntry(value)?.payload ?? NO_BYTES))) return true;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_ENTRIES) return false;
      fromId = last.key[1] + 1;
      await nextTurn();
    }
  }

  names(): string[] {
    return [...this.#states].flatMap(([name, { entries }]) => (entries > 0 ? [name] : []));
  }

  size(queue: string): QueueSize {
    const { entries, bytes } = this.#states.get(queue) ?? EMPTY_QUEUE;
    const tables = entries === 0 ? undefined : this.#tables;
    return {
      entries,
      bytes,
      // Read from the disk, so only for who asks: the other two are asked for with each batch.
      get oldestAtMs() {
        return tables && oldestOf(tables, queue);
      },
    };
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
      this.#committing ??= this.#commitAll();
    });
  }

  async #commitAll(): Promise<void> {
    // Lets everything that is called without waiting in between go together.
    await Promise.resolve();
    while (this.#gathering.length + this.#rewritings.length > 0) {
      const changes = this.#gathering;
      this.#gathering = [];
      try {
        await this.#write(await this.#withRoom(changes));
      } catch (error) {
        const reason = await this.#failed(error);
        for (const change of changes) change.reject(reason);
      }
      await this.#rewriteAll();
    }
    this.#committing = undefined;
  }

  /** The changes that there is room for; the others are rejected. */
  async #withRoom(changes: readonly Change[]): Promise<readonly Change[]> {
    if (changes.every(({ grows }) => !grows)) return changes;
    while (this.#tables === undefined) await this.#open();
    const { entries, queues } = this.#tables;
    try {
      await this.#room.require([entries, queues]);
      return changes;
    } catch (error) {
      const reason = this.#unavailable('written', messageOf(error), error);
      for (const change of changes) if (change.grows) change.reject(reason);
      return changes.filter(({ grows }) => !grows);
    }
  }

  async #write(changes: readonly Change[]): Promise<void> {
    while (this.#tables === undefined) await this.#open();
    const tables = this.#tables;
    const draft = new OutboxDraft(tables, this.#states);
    const settled = changes.map(({ apply }) => apply(draft));
    if (!draft.isEmpty) await tables.root.batch(() => draft.write());
    this.#states = draft.states;
    for (const resolve of settled) resolve();
  }

  /**
   * After a failure the library may refuse everything, so the folder is opened again, and looked through; not after a commit
   * that failed, for which the disk is to blame.
   */
  async #failed(error: unknown): Promise<GatewayError> {
    if (error instanceof GatewayError) return error;
    const isCommit = error instanceof Error && 'commitError' in error;
    this.#isChecked = isCommit && this.#isChecked;
    await this.#close().catch(() => undefined);
    return this.#unavailable(isCommit ? 'written' : 'used', await commitReason(error), error);
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new GatewayError('CLOSED', `the outbox in ${this.#options.path} is closed`);
  }

  async #open(): Promise<void> {
    if (this.#tables !== undefined) return;
    this.#opening ??= this.#openFolder().finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
  }

  async #openFolder(): Promise<void> {
    try {
      if (!this.#isChecked) await makeSound(this.#options);
      this.#isChecked = true;
      const tables = await openOutboxFolder(this.#options);
      this.#states = statesOf(tables);
      this.#tables = tables;
    } catch (error) {
      throw this.#unavailable('opened', messageOf(error), error);
    }
    this.#opened$.next();
  }

  /** Writes the file again between two commits. */
  async #rewrite(): Promise<void> {
    this.#requireOpen();
    await new Promise<void>((resolve, reject) => {
      this.#rewritings.push({ resolve, reject });
      this.#committing ??= this.#commitAll();
    });
  }

  async #rewriteAll(): Promise<void> {
    const asked = this.#rewritings.splice(0);
    if (asked.length === 0) return;
    try {
      while (this.#tables === undefined) await this.#open();
      const rewritten = rewriteFolder(this.#options.path, this.#tables.root);
      // Who needs the folder meanwhile waits, and opens it again then.
      this.#tables = undefined;
      this.#opening = rewritten.catch(() => undefined);
      await this.#opening;
      this.#opening = undefined;
      await rewritten;
      for (const { resolve } of asked) resolve();
    } catch (error) {
      const reason = this.#unavailable('written again', messageOf(error), error);
      for (const { reject } of asked) reject(reason);
    }
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

function oldestOf(tables: OutboxTables, queue: string): number | undefined {
  for (const { value } of rangeOf(tables, queue, { entries: 1 })) return decodeEntry(value)?.atMs;
  return undefined;
}
