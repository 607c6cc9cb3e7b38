import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outbox, PeekLimit } from '../../src/storage/outbox/outbox.js';

/** A place that outboxes can be opened on, one after the other. */
export interface OutboxPlace extends AsyncDisposable {
  open(): Outbox;
}

const NOWHERE = Number.NEGATIVE_INFINITY;
const ALL: PeekLimit = { entries: 10_000 };

export const bytes = (...texts: readonly string[]) => texts.map((text) => Buffer.from(text));

export async function textsIn(outbox: Outbox, queue: string, limit: PeekLimit = ALL): Promise<string[]> {
  const { entries } = await outbox.peek(queue, limit);
  return entries.map(({ payload }) => Buffer.from(payload).toString());
}

async function idsOf(outbox: Outbox, queue: string, limit: PeekLimit = ALL): Promise<number[]> {
  return (await outbox.peek(queue, limit)).entries.map(({ id }) => id);
}

/** What every outbox does alike. */
export function describeOutboxContract(name: string, makePlace: () => Promise<OutboxPlace>): void {
  const withOutbox = (title: string, body: (outbox: Outbox) => Promise<void>) =>
    it(title, async () => {
      await using place = await makePlace();
      await using outbox = place.open();
      await body(outbox);
    });

  describe(`${name}: queues`, () => {
    withOutbox('are empty at first', async (outbox) => {
      expect(await outbox.peek('a', ALL)).toEqual({ entries: [], damaged: [] });
      expect(outbox.size('a')).toEqual({ entries: 0, bytes: 0, oldestAtMs: undefined });
      expect(outbox.names()).toEqual([]);
      await outbox.settle('a', [1, 2]);
      expect(await outbox.trim('a', { maxBytes: 0, keepFromMs: NOWHERE })).toEqual({ tooOld: 0, tooMuch: 0 });
    });

    withOutbox('give entries in the order of appending, from either end', async (outbox) => {
      await outbox.append('a', bytes('1', '2'), 10);
      await outbox.append('a', bytes('3'), 20);
      expect(await textsIn(outbox, 'a')).toEqual(['1', '2', '3']);
      expect(await textsIn(outbox, 'a', { entries: 2 })).toEqual(['1', '2']);
      expect(await textsIn(outbox, 'a', { entries: 2, from: 'newest' })).toEqual(['3', '2']);
      expect((await outbox.peek('a', ALL)).entries.map(({ atMs }) => atMs)).toEqual([10, 10, 20]);
      expect(await textsIn(outbox, 'a')).toEqual(['1', '2', '3']);
    });

    withOutbox('know nothing of one another', async (outbox) => {
      await outbox.append('store/a', bytes('x'), 0);
      await outbox.append('store', bytes('y'), 0);
      await outbox.append('store/b', bytes('z'), 0);
      expect(await textsIn(outbox, 'store')).toEqual(['y']);
      await outbox.settle('store', await idsOf(outbox, 'store'));
      expect(await textsIn(outbox, 'store/a')).toEqual(['x']);
      expect(await textsIn(outbox, 'store/b')).toEqual(['z']);
    });

    withOutbox('give no more bytes than asked for, but always one entry', async (outbox) => {
      await outbox.append('a', bytes('12345', '12345', '12345'), 0);
      expect(await textsIn(outbox, 'a', { entries: 10, bytes: 10 })).toHaveLength(2);
      expect(await textsIn(outbox, 'a', { entries: 10, bytes: 1 })).toHaveLength(1);
    });

    withOutbox('keep any bytes', async (outbox) => {
      const payloads = [Buffer.alloc(0), Buffer.from([0, 255, 10]), Buffer.alloc(100_000, 7)];
      await outbox.append('a', payloads, 0);
      const { entries } = await outbox.peek('a', ALL);
      expect(entries.map(({ payload }) => Buffer.from(payload))).toEqual(payloads);
    });

    withOutbox('say how much they hold, and since when', async (outbox) => {
      await outbox.append('a', bytes('1234567890'), 10);
      const { bytes: one } = outbox.size('a');
      await outbox.append('a', bytes('1234567890'), 20);
      expect(outbox.size('a')).toEqual({ entries: 2, bytes: 2 * one, oldestAtMs: 10 });
      expect(outbox.names()).toEqual(['a']);
      await outbox.settle('a', await idsOf(outbox, 'a', { entries: 1 }));
      expect(outbox.size('a')).toEqual({ entries: 1, bytes: one, oldestAtMs: 20 });
    });

    withOutbox('forget what is settled, once, in whatever order', async (outbox) => {
      await outbox.append('a', bytes('1', '2', '3', '4'), 0);
      const [first = 0, second = 0, third = 0] = await idsOf(outbox, 'a');
      await Promise.all([
        outbox.settle('a', [third, first]),
        outbox.settle('a', [first, second, second, 999]),
      ]);
      expect(await textsIn(outbox, 'a')).toEqual(['4']);
      expect(outbox.size('a').entries).toBe(1);
    });

    withOutbox('never give an id twice', async (outbox) => {
      await outbox.append('a', bytes('1'), 0);
      const [before = 0] = await idsOf(outbox, 'a');
      await outbox.settle('a', [before]);
      await outbox.append('a', bytes('2'), 0);
      const [after = 0] = await idsOf(outbox, 'a');
      expect(after).toBeGreaterThan(before);
    });
  });

  describe(`${name}: limits`, () => {
    withOutbox('let the oldest go when there is too much', async (outbox) => {
      await outbox.append('a', bytes('1', '2', '3', '4'), 0);
      const { bytes: all } = outbox.size('a');
      const trimmed = await outbox.trim('a', { maxBytes: all / 2, keepFromMs: NOWHERE });
      expect(trimmed).toEqual({ tooOld: 0, tooMuch: 2 });
      expect(await textsIn(outbox, 'a')).toEqual(['3', '4']);
      expect(outbox.size('a')).toEqual({ entries: 2, bytes: all / 2, oldestAtMs: 0 });
    });

    withOutbox('let those go that are too old', async (outbox) => {
      await outbox.append('a', bytes('1', '2'), 10);
      await outbox.append('a', bytes('3'), 20);
      const limits = { maxBytes: Number.POSITIVE_INFINITY, keepFromMs: 20 };
      expect(await outbox.trim('a', limits)).toEqual({ tooOld: 2, tooMuch: 0 });
      expect(await textsIn(outbox, 'a')).toEqual(['3']);
      expect(await outbox.trim('a', limits)).toEqual({ tooOld: 0, tooMuch: 0 });
    });
  });

  describe(`${name}: purging`, () => {
    withOutbox('removes the entries that are unwanted, and no others, while others come', async (outbox) => {
      const texts = Array.from({ length: 4500 }, (_, index) => String(index));
      await outbox.append('a', bytes(...texts), 0);
      await outbox.append('b', bytes('1', '2'), 0);
      const isOdd = (payload: Uint8Array) => Number(Buffer.from(payload).toString()) % 2 === 1;
      let removed = 0;
      const purging = outbox.purge('a', isOdd, (entries) => {
        removed += entries;
        expect(outbox.size('a').entries).toBe(4500 - removed);
      });
      const appending = outbox.append('b', bytes('3'), 0);
      const peeking = textsIn(outbox, 'b', { entries: 2 });
      await purging;
      expect(removed).toBe(2250);
      expect(await outbox.has('a', isOdd)).toBe(false);
      expect(await outbox.has('a', (payload) => Buffer.from(payload).toString() === '4498')).toBe(true);
      await appending;
      expect(await peeking).toEqual(['1', '2']);
      expect(await textsIn(outbox, 'a')).toEqual(texts.filter((text) => Number(text) % 2 === 0));
      expect(outbox.size('a').entries).toBe(2250);
      expect(await textsIn(outbox, 'b')).toEqual(['1', '2', '3']);
    });
  });

  describe(`${name}: any sequence of calls`, () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('append' as const), queue: fc.constantFrom('a', 'b'), count: fc.nat(5) }),
      fc.record({ type: fc.constant('settle' as const), queue: fc.constantFrom('a', 'b'), count: fc.nat(5) }),
      fc.record({ type: fc.constant('trim' as const), queue: fc.constantFrom('a', 'b'), count: fc.nat(8) }),
      fc.record({ type: fc.constant('reopen' as const), queue: fc.constant('a'), count: fc.constant(0) }),
    );

    it('leaves what a list would, also when some calls overlap and the outbox is opened again', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          await using place = await makePlace();
          let outbox = place.open();
          const lists = new Map<string, string[]>([
            ['a', []],
            ['b', []],
          ]);
          const listOf = (queue: string) => lists.get(queue) ?? [];
          const weight = 48 + 3;
          let serial = 100;
          for (const { type, queue, count } of steps) {
            const list = listOf(queue);
            if (type === 'append') {
              const texts = Array.from({ length: count }, () => String(serial++));
              await Promise.all(texts.map((text) => outbox.append(queue, bytes(text), serial)));
              list.push(...texts);
            } else if (type === 'settle') {
              const ids = await idsOf(outbox, queue, { entries: count, from: 'newest' });
              await Promise.all([outbox.settle(queue, ids), outbox.settle(queue, ids.slice(1))]);
              list.splice(list.length - ids.length, ids.length);
            } else if (type === 'trim') {
              await outbox.trim(queue, { maxBytes: count * weight, keepFromMs: NOWHERE });
              list.splice(0, Math.max(0, list.length - count));
            } else {
              await outbox[Symbol.asyncDispose]();
              outbox = place.open();
            }
            for (const [name, texts] of lists) {
              expect(await textsIn(outbox, name)).toEqual(texts);
              const { entries, bytes: held } = outbox.size(name);
              expect({ entries, held }).toEqual({ entries: texts.length, held: texts.length * weight });
            }
          }
          await outbox[Symbol.asyncDispose]();
        }),
        { numRuns: 15 },
      );
    });
  });
}
