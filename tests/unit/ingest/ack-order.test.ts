import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AckOrder } from '../../../src/ingest/receive.js';

describe(AckOrder, () => {
  it('acknowledges in the order of arrival whatever the order of settling, each once', () => {
    const permutation = fc
      .integer({ min: 0, max: 30 })
      .chain((count) => fc.shuffledSubarray([...Array(count).keys()], { minLength: count }));
    fc.assert(
      fc.property(permutation, (settlingOrder) => {
        const order = new AckOrder();
        const acknowledged: number[] = [];
        const settle = settlingOrder.map((_, index) => order.enter(1, () => acknowledged.push(index)));
        const settled = new Set<number>();
        for (const index of settlingOrder) {
          settle[index]?.();
          settle[index]?.();
          settled.add(index);
          const expected = settlingOrder.findIndex((_, at) => !settled.has(at));
          expect(acknowledged.length).toBe(expected === -1 ? settlingOrder.length : expected);
        }
        expect(acknowledged).toEqual([...settlingOrder.keys()]);
      }),
    );
  });

  it('knows how much is not acknowledged', () => {
    const order = new AckOrder();
    const first = order.enter(10, () => undefined);
    const second = order.enter(5, () => undefined);
    second();
    expect([order.size, order.bytes]).toEqual([2, 15]);
    first();
    expect([order.size, order.bytes]).toEqual([0, 0]);
  });

  it('may be settled from within an acknowledgement', () => {
    const order = new AckOrder();
    const acknowledged: string[] = [];
    let settleSecond: () => void = () => undefined;
    const settleFirst = order.enter(1, () => {
      acknowledged.push('first');
      settleSecond();
    });
    settleSecond = order.enter(1, () => acknowledged.push('second'));
    settleFirst();
    expect(acknowledged).toEqual(['first', 'second']);
  });
});
