import type { EntryId, QueueLimits, Trimmed } from './outbox.js';
import {
  decodeEntry,
  EMPTY_QUEUE,
  type EntryKey,
  encodeEntry,
  type OutboxTables,
  type QueueState,
  rangeOf,
  weightOf,
} from './outbox-tables.js';

/** Most entries that one trimming or sifting goes through. */
const STEP_ENTRIES = 2_000;

/** How far a sifting has come. */
export interface Sifted {
  readonly removed: number;
  /** Where the next one goes on; `undefined` when all has been gone through. */
  readonly nextId: EntryId | undefined;
}

/** Changes to be committed together, and what the queues will be like afterwards. */
export class OutboxDraft {
  readonly #tables: OutboxTables;
  readonly #before: ReadonlyMap<string, QueueState>;
  readonly #after = new Map<string, QueueState>();
  readonly #puts: { readonly key: EntryKey; readonly value: Buffer }[] = [];
  readonly #removals = new Map<string, EntryKey>();

  constructor(tables: OutboxTables, before: ReadonlyMap<string, QueueState>) {
    this.#tables = tables;
    this.#before = before;
  }

  get isEmpty(): boolean {
    return this.#after.size === 0;
  }

  /** What the queues are once this is committed. */
  get states(): ReadonlyMap<string, QueueState> {
    return new Map([...this.#before, ...this.#after]);
  }

  append(queue: string, payloads: readonly Uint8Array[], nowMs: number): void {
    for (const payload of payloads) {
      const value = encodeEntry(payload, nowMs);
      const { entries, bytes, nextId } = this.#stateOf(queue);
      this.#puts.push({ key: [queue, nextId], value });
      this.#after.set(queue, { entries: entries + 1, bytes: bytes + weightOf(value), nextId: nextId + 1 });
    }
  }

  settle(queue: string, ids: readonly EntryId[]): void {
    for (const id of ids) {
      const value = this.#tables.entries.get([queue, id]);
      if (value !== undefined) this.#remove([queue, id], value);
    }
  }

  trim(queue: string, { maxBytes, keepFromMs }: QueueLimits): Trimmed {
    const trimmed = { tooOld: 0, tooMuch: 0 };
    for (const { key, value } of rangeOf(this.#tables, queue, { entries: STEP_ENTRIES })) {
      const isTooOld = (decodeEntry(value)?.atMs ?? Number.NaN) < keepFromMs;
      if (!isTooOld && this.#stateOf(queue).bytes <= maxBytes) break;
      if (!this.#remove(key, value)) continue;
      if (isTooOld) trimmed.tooOld += 1;
      else trimmed.tooMuch += 1;
    }
    return trimmed;
  }

  /** Removes those of the next entries, from an id on, whose payload is unwanted. */
  sift(queue: string, fromId: EntryId, isUnwanted: (payload: Uint8Array) => boolean): Sifted {
    let removed = 0;
    let passed = 0;
    let lastId = fromId;
    for (const { key, value } of rangeOf(this.#tables, queue, { entries: STEP_ENTRIES }, fromId)) {
      passed += 1;
      lastId = key[1];
      const entry = decodeEntry(value);
      // Nobody can say of whom a damaged entry is.
      if (entry === undefined || isUnwanted(entry.payload)) removed += this.#remove(key, value) ? 1 : 0;
    }
    return { removed, nextId: passed < STEP_ENTRIES ? undefined : lastId + 1 };
  }

  /** Hands all changes to the library; to be called within its batch. */
  write(): void {
    for (const { key, value } of this.#puts) void this.#tables.entries.put(key, value);
    for (const key of this.#removals.values()) void this.#tables.entries.remove(key);
    for (const [queue, state] of this.#after) void this.#tables.queues.put(queue, state);
  }

  #remove(key: EntryKey, value: Buffer): boolean {
    const [queue, id] = key;
    const name = `${id} ${queue}`;
    if (this.#removals.has(name)) return false;
    this.#removals.set(name, key);
    const { entries, bytes, nextId } = this.#stateOf(queue);
    this.#after.set(queue, { entries: entries - 1, bytes: bytes - weightOf(value), nextId });
    return true;
  }

  #stateOf(queue: string): QueueState {
    return this.#after.get(queue) ?? this.#before.get(queue) ?? EMPTY_QUEUE;
  }
}
