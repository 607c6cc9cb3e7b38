import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SendAnswer, sendApart } from '../../../../src/storage/influx/influx-writer.js';

const byValue = (a: number, b: number) => a - b;

/** A receiver that refuses some numbers for good and takes only so many at once. */
function createReceiver(
  isBad: (item: number) => boolean,
  options: { most?: number; isExact?: boolean } = {},
) {
  const receiver = {
    requests: 0,
    taken: new Set<number>(),
    send: (items: readonly number[]): Promise<SendAnswer> => {
      receiver.requests += 1;
      if (items.length > (options.most ?? Number.POSITIVE_INFINITY)) return Promise.resolve('too-large');
      const bad = items.filter(isBad);
      for (const item of items) if (!isBad(item)) receiver.taken.add(item);
      if (bad.length === 0) return Promise.resolve('taken');
      return Promise.resolve({
        count: options.isExact === false ? undefined : bad.length,
        words: `bad ${bad}`,
      });
    },
  };
  return receiver;
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('sendApart', () => {
  it('finds exactly the items that are refused, and all others arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 60 }),
        fc.uniqueArray(fc.nat(1000), { maxLength: 60 }),
        fc.integer({ min: 1, max: 70 }),
        fc.boolean(),
        async (items, bad, most, isExact) => {
          const receiver = createReceiver((item) => bad.includes(item), { most, isExact });
          const refused = await sendApart(items, receiver.send, byValue);
          const found = refused.flatMap(({ items: some }) => some).sort(byValue);
          expect(found).toEqual(items.filter((item) => bad.includes(item)).sort(byValue));
          expect([...receiver.taken].sort(byValue)).toEqual(
            items.filter((item) => !bad.includes(item)).sort(byValue),
          );
        },
      ),
    );
  });

  it('sends once what is taken', async () => {
    const receiver = createReceiver(() => false);
    expect(await sendApart(range(5000), receiver.send, byValue)).toEqual([]);
    expect(receiver.requests).toBe(1);
  });

  it('believes a receiver that refuses all of them', async () => {
    const receiver = createReceiver(() => true);
    const refused = await sendApart(range(5000), receiver.send, byValue);
    expect(refused.map(({ items }) => items.length)).toEqual([5000]);
    expect(receiver.requests).toBe(1);
  });

  it('gives the words for each refused item', async () => {
    const receiver = createReceiver((item) => item === 3 || item === 60);
    expect(await sendApart(range(100), receiver.send, byValue)).toEqual([
      { items: [3], words: 'bad 3' },
      { items: [60], words: 'bad 60' },
    ]);
  });

  it('needs few requests for one of many, and for half of them that are alike', async () => {
    const one = createReceiver((item) => item === 1234);
    await sendApart(range(5000), one.send, byValue);
    expect(one.requests).toBeLessThan(30);

    const half = createReceiver((item) => item % 2 === 1);
    const refused = await sendApart(range(5000), half.send, (a, b) => (a % 2) - (b % 2));
    expect(refused.flatMap(({ items }) => items)).toHaveLength(2500);
    expect(half.requests).toBeLessThan(30);
  });

  it('throws what sending throws', async () => {
    const down = new Error('down');
    await expect(sendApart([1], () => Promise.reject(down), byValue)).rejects.toBe(down);
  });
});
