import { decodeEntry, encodeEntry, weightOf } from './entry-codec.js';
import type { EntryId, QueueLimits, Trimmed } from './outbox.js';
import { EMPTY_QUEUE, type EntryKey, type OutboxTables, type QueueState, rangeOf } from './outbox-tables.js';

/** Most entries that one trimming takes out. */
const TRIM_ENTRIES = 2_000;

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
    for (const { key, value } of rangeOf(this.#tables, queue, { entries: TRIM_ENTRIES })) {
      const isTooOld = (decodeEntry(value)?.atMs ?? Number.NaN) < keepFromMs;
      if (!isTooOld && this.#stateOf(queue).bytes <= maxBytes) break;
      if (!this.#remove(key, value)) continue;
      if (isTooOld) trimmed.tooOld += 1;
      else trimmed.tooMuch += 1;
    }
    return trimmed;
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
