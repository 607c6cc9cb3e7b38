import { Subject } from 'rxjs';
import type { EntryId, Outbox, OutboxEntry, QueueLimits } from '../../src/storage/outbox/outbox.js';

/** What an entry counts besides its payload. */
const OVERHEAD_BYTES = 48;

export interface MemoryOutbox extends Outbox {
  /** Thrown by the next calls while it is set. */
  failure: unknown;
  /** What is in a queue, oldest first, as text. */
  texts(queue: string): string[];
  /** Acts as if the folder had been opened again. */
  reopen(): void;
}

/** An outbox without a disk, for tests in virtual time; the contract suite holds it to what the real one does. */
export function createMemoryOutbox(): MemoryOutbox {
  const queues = new Map<string, OutboxEntry[]>();
  const nextIds = new Map<string, EntryId>();
  const opened$ = new Subject<void>();
  const of = (queue: string) => queues.get(queue) ?? [];
  const bytesOf = (queue: string) =>
    of(queue).reduce((sum, { payload }) => sum + payload.length + OVERHEAD_BYTES, 0);
  const attempt = <T>(act: () => T): Promise<T> =>
    outbox.failure === undefined ? Promise.resolve(act()) : Promise.reject(outbox.failure);
  const outbox: MemoryOutbox = {
    failure: undefined,
    opened$,
    open: () => attempt(() => undefined),
    append: (queue, payloads, atMs) =>
      attempt(() => {
        const firstId = nextIds.get(queue) ?? 1;
        nextIds.set(queue, firstId + payloads.length);
        const entries = payloads.map((payload, index) => ({ id: firstId + index, atMs, payload }));
        queues.set(queue, [...of(queue), ...entries]);
      }),
    peek: (queue, { entries, bytes = Number.POSITIVE_INFINITY, from = 'oldest' }) =>
      attempt(() => {
        const ordered = from === 'oldest' ? of(queue) : of(queue).toReversed();
        let sum = 0;
        const fitting = ordered.slice(0, entries).filter(({ payload }, index) => {
          sum += payload.length;
          return index === 0 || sum <= bytes;
        });
        return { entries: fitting, damaged: [] };
      }),
    settle: (queue, ids) =>
      attempt(() => {
        queues.set(
          queue,
          of(queue).filter(({ id }) => !ids.includes(id)),
        );
      }),
    has: (queue, isWanted) => attempt(() => of(queue).some(({ payload }) => isWanted(payload))),
    purge: (queue, isUnwanted, onRemoved) =>
      attempt(() => {
        const left = of(queue).filter(({ payload }) => !isUnwanted(payload));
        const removed = of(queue).length - left.length;
        queues.set(queue, left);
        if (removed > 0) onRemoved(removed);
      }),
    trim: (queue, limits) => attempt(() => trim(queue, limits)),
    size: (queue) => ({
      entries: of(queue).length,
      bytes: bytesOf(queue),
      oldestAtMs: of(queue)[0]?.atMs,
    }),
    names: () => [...queues.keys()].filter((name) => of(name).length > 0),
    texts: (queue) => of(queue).map(({ payload }) => Buffer.from(payload).toString()),
    reopen: () => opened$.next(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const trim = (queue: string, { maxBytes, keepFromMs }: QueueLimits) => {
    const trimmed = { tooOld: 0, tooMuch: 0 };
    for (;;) {
      const [oldest, ...others] = of(queue);
      if (oldest === undefined) return trimmed;
      if (oldest.atMs < keepFromMs) trimmed.tooOld += 1;
      else if (bytesOf(queue) > maxBytes) trimmed.tooMuch += 1;
      else return trimmed;
      queues.set(queue, others);
    }
  };
  return outbox;
}
