import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutcomeOrder } from '../../../src/stream/infer.js';

describe(OutcomeOrder, () => {
  it('holds an outcome back until those before it under the same key are known', () => {
    const out: string[] = [];
    const order = new OutcomeOrder<string>((outcome) => out.push(outcome));
    const first = order.take('a');
    const second = order.take('a');
    order.settle(second, 'second');
    expect([out, order.pending]).toEqual([[], 2]);
    order.settle(first, 'first');
    expect([out, order.pending]).toEqual([['first', 'second'], 0]);
  });

  it('does not let one key wait for another', () => {
    const out: string[] = [];
    const order = new OutcomeOrder<string>((outcome) => out.push(outcome));
    order.take('a');
    order.settle(order.take('b'), 'b');
    expect(out).toEqual(['b']);
  });

  it('counts a place as let out before it emits', () => {
    const pending: number[] = [];
    const order: OutcomeOrder<string> = new OutcomeOrder(() => pending.push(order.pending));
    const slots = [order.take('a'), order.take('a')];
    for (const slot of slots.toReversed()) order.settle(slot, 'x');
    expect(pending).toEqual([1, 0]);
  });

  it('lets out every key in its order, whatever the order of settling', () => {
    const keys = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(keys, fc.infiniteStream(fc.nat()), (places, ranks) => {
        const out: { key: string; place: number }[] = [];
        const order = new OutcomeOrder<{ key: string; place: number }>((outcome) => out.push(outcome));
        const slots = places.map((key, place) => ({ key, place, slot: order.take(key) }));
        const shuffled = slots
          .map((entry) => ({ entry, rank: ranks.next().value ?? 0 }))
          .sort((a, b) => a.rank - b.rank);
        for (const { entry } of shuffled) order.settle(entry.slot, { key: entry.key, place: entry.place });
        expect(out).toHaveLength(places.length);
        for (const key of new Set(places)) {
          const ofKey = out.filter((outcome) => outcome.key === key).map((outcome) => outcome.place);
          expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
        }
      }),
    );
  });
});
