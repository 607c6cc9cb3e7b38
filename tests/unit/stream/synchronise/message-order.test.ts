import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageOrder } from '../../../../src/stream/synchronise/message-order.js';

const OPTIONS = { gapWaitMs: 5000, startWaitMs: 2000 };
const at = (seconds: number) => ({
  completeMs: seconds * 1000,
  oldestMs: seconds * 1000 - 1000,
  newestMs: seconds * 1000,
});

describe(MessageOrder, () => {
  it('waits for nothing while numbers follow each other', () => {
    const order = new MessageOrder(OPTIONS);
    for (let sequence = 0; sequence < 10; sequence++) {
      expect(order.accept('a', sequence, at(sequence))).toBe('new');
      expect(order.gapBoundMs).toBe(Number.POSITIVE_INFINITY);
    }
    expect(order.counts).toEqual({ messages: 10, missing: 0, duplicates: 0, reordered: 0 });
  });

  it('waits from where a number is missing until it comes', () => {
    const order = new MessageOrder(OPTIONS);
    order.accept('a', 0, at(1));
    order.accept('a', 2, at(2));
    expect(order.gapBoundMs).toBe(2000);
    expect(order.counts.missing).toBe(1);
    order.accept('a', 1, at(3));
    expect(order.gapBoundMs).toBe(Number.POSITIVE_INFINITY);
    expect(order.counts).toEqual({ messages: 3, missing: 0, duplicates: 0, reordered: 1 });
  });

  it('gives up on a missing number after the wait, and still knows it when it comes', () => {
    const order = new MessageOrder(OPTIONS);
    order.accept('a', 0, at(1));
    order.accept('a', 2, at(2));
    order.accept('a', 3, at(8));
    expect(order.gapBoundMs).toBe(Number.POSITIVE_INFINITY);
    expect(order.accept('a', 1, at(9))).toBe('new');
    expect(order.accept('a', 1, at(9))).toBe('duplicate');
  });

  it('waits for a missing number up to the very end of the wait', () => {
    const order = new MessageOrder(OPTIONS);
    order.accept('a', 0, at(1));
    order.accept('a', 2, at(2));
    order.accept('a', 3, at(7));
    expect(order.gapBoundMs).toBe(2000);
    order.accept('a', 4, at(7.001));
    expect(order.gapBoundMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('waits for the beginning of a session by the oldest sample of the first message heard', () => {
    const order = new MessageOrder(OPTIONS);
    order.accept('a', 7, at(1));
    order.accept('a', 8, { ...at(2), newestMs: 2500 });
    expect(order.gapBoundMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('waits for earlier messages when it hears of a session late', () => {
    const order = new MessageOrder(OPTIONS);
    order.accept('a', 7, at(1));
    expect(order.gapBoundMs).toBe(Number.NEGATIVE_INFINITY);
    order.accept('a', 8, at(7));
    expect(order.gapBoundMs).toBe(Number.POSITIVE_INFINITY);
    expect(order.counts.missing).toBe(0);
  });

  it('does not take late messages of the session before for a new session', () => {
    const order = new MessageOrder(OPTIONS);
    order.accept('a', 0, at(1));
    order.accept('b', 0, at(2));
    expect(order.accept('a', 1, at(2))).toBe('new');
    expect(order.accept('b', 1, at(3))).toBe('new');
    expect(order.gapBoundMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('counts each message once and ends with nothing missing, in any order, with any repetition', () => {
    const arrivals = fc
      .integer({ min: 1, max: 30 })
      .chain((count) =>
        fc.tuple(
          fc.shuffledSubarray([...Array(count).keys()], { minLength: count }),
          fc.array(fc.integer({ min: 0, max: count - 1 })),
        ),
      );
    fc.assert(
      fc.property(arrivals, ([once, again]) => {
        const order = new MessageOrder({ gapWaitMs: 1e9, startWaitMs: 1e9 });
        for (const sequence of [...once, ...again]) order.accept('a', sequence, at(1));
        expect(order.counts.messages).toBe(once.length);
        expect(order.counts.duplicates).toBe(again.length);
        expect(order.counts.missing).toBe(0);
      }),
    );
  });

  it('lets a message of which nothing was used be looked at again, each time it comes', () => {
    const order = new MessageOrder(OPTIONS);
    for (let sequence = 0; sequence < 5; sequence++) {
      order.accept('a', sequence, at(sequence));
      if (sequence % 4 !== 0) order.noteUnused('a', sequence);
    }
    const verdicts = () => [0, 1, 2, 3, 4].map((sequence) => order.accept('a', sequence, at(5)));
    const restored = new MessageOrder(OPTIONS);
    restored.restore(structuredClone(order.state));
    expect(restored.accept('a', 2, at(5))).toBe('again');
    expect(verdicts()).toEqual(['duplicate', 'again', 'again', 'again', 'duplicate']);
    order.noteUnused('a', 3);
    order.noteUnused('b', 2);
    order.noteUnused('a', 1);
    expect(order.state.unused).toEqual([
      { from: 3, to: 4 },
      { from: 1, to: 2 },
    ]);
    expect(verdicts()).toEqual(['duplicate', 'again', 'duplicate', 'again', 'duplicate']);
    expect(order.counts).toEqual({ messages: 5, missing: 0, duplicates: 10, reordered: 0 });
  });

  it('forgets what was unused with the session, and what is older than 64 others', () => {
    const order = new MessageOrder(OPTIONS);
    order.accept('a', 200, at(1));
    for (let sequence = 0; sequence < 130; sequence += 2) {
      order.accept('a', sequence, at(1));
      order.noteUnused('a', sequence);
    }
    expect(order.state.unused).toHaveLength(64);
    expect(order.accept('a', 0, at(1))).toBe('duplicate');
    expect(order.accept('a', 2, at(1))).toBe('again');
    order.accept('b', 200, at(2));
    expect(order.state.unused).toEqual([]);
  });

  it('goes on with what an earlier version wrote down', () => {
    const order = new MessageOrder(OPTIONS);
    order.accept('a', 0, at(1));
    const { unused: _, ...earlier } = order.state;
    const restored = new MessageOrder(OPTIONS);
    restored.restore(earlier);
    expect(restored.accept('a', 0, at(1))).toBe('duplicate');
  });

  it('knows nothing about messages without numbers', () => {
    const order = new MessageOrder(OPTIONS);
    order.accept(undefined, undefined, at(1));
    expect(order.isNumbered).toBe(false);
  });

  it('takes a number far ahead for another beginning, and everything after it for new', () => {
    const order = new MessageOrder(OPTIONS);
    order.accept('a', 0, at(1));
    order.accept('a', Number.MAX_SAFE_INTEGER, at(2));
    expect(order.accept('a', 1, at(3))).toBe('new');
    expect(order.accept('a', 2, at(4))).toBe('new');
    expect(order.accept('a', 2, at(4))).toBe('duplicate');
    expect(order.counts).toEqual({ messages: 4, missing: 0, duplicates: 1, reordered: 2 });
  });

  it('counts what is missing up to a million at once', () => {
    const order = new MessageOrder(OPTIONS);
    order.accept('a', 0, at(1));
    order.accept('a', 1_000_001, at(2));
    expect(order.counts.missing).toBe(1_000_000);
    order.accept('a', 2_000_003, at(3));
    expect(order.counts.missing).toBe(1_000_000);
  });

  it('tells counts that can be written down, whatever numbers come and whatever an earlier run left', () => {
    const number = fc.oneof(
      fc.maxSafeNat(),
      fc.nat(100),
      fc.constantFrom(Number.MAX_SAFE_INTEGER, 2 ** 52, 2 ** 31),
    );
    const message = fc.record({ session: fc.constantFrom(undefined, 's', 't'), sequence: number });
    const left = fc.constantFrom(0, 7, 2 ** 60, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY);
    fc.assert(
      fc.property(fc.array(message, { maxLength: 300 }), left, (messages, missing) => {
        const earlier = new MessageOrder(OPTIONS);
        const order = new MessageOrder(OPTIONS);
        order.restore({ ...earlier.state, counts: { ...earlier.counts, missing } });
        for (const [index, { session, sequence }] of messages.entries())
          order.accept(session, sequence, at(index));
        for (const count of Object.values(order.counts))
          expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
        expect(order.state.gaps.length).toBeLessThanOrEqual(64);
      }),
    );
  });

  it('remembers few gaps, however a long one is filled', () => {
    const order = new MessageOrder(OPTIONS);
    order.accept('a', 0, at(1));
    order.accept('a', 1_000_000, at(2));
    for (let sequence = 2; sequence < 2000; sequence += 2) order.accept('a', sequence, at(3));
    expect(order.state.gaps.length).toBeLessThanOrEqual(64);
  });
});
