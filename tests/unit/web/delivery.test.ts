import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Delivery, type Outbox, type OutboxEntry } from '../../../src/web/phone/outbox.js';

/** The port over an array. */
function memoryOutbox(): Outbox & { readonly entries: OutboxEntry[] } {
  const entries: OutboxEntry[] = [];
  let key = 0;
  return {
    entries,
    add: (topic, payload) => {
      key += 1;
      entries.push({ key, topic, payload });
      return Promise.resolve(0);
    },
    after: (after, limit) => Promise.resolve(entries.filter((entry) => entry.key > after).slice(0, limit)),
    remove: (removed) => {
      const at = entries.findIndex((entry) => entry.key === removed);
      if (at >= 0) entries.splice(at, 1);
      return Promise.resolve();
    },
    count: () => Promise.resolve(entries.length),
    clear: () => Promise.resolve(void entries.splice(0)),
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe(Delivery, () => {
  it('sends in order, a few at once, and forgets what was acknowledged', async () => {
    const outbox = memoryOutbox();
    for (let index = 0; index < 20; index++) await outbox.add('t', String(index));
    const sent: string[] = [];
    const acknowledge: (() => void)[] = [];
    const delivery = new Delivery(outbox, () => undefined);
    delivery.connect(
      (_topic, payload) =>
        new Promise((resolve) => {
          sent.push(String(payload));
          acknowledge.push(resolve);
        }),
    );
    await settle();
    expect(sent).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    while (acknowledge.length > 0) {
      acknowledge.shift()?.();
      await settle();
    }
    expect(sent).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
    expect(outbox.entries).toEqual([]);
  });

  it('loses nothing and keeps the order, whenever connections end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 12 }), async (lives) => {
        const outbox = memoryOutbox();
        const delivery = new Delivery(outbox, () => undefined);
        const arrived: number[] = [];
        let made = 0;
        for (const life of [...lives, Number.POSITIVE_INFINITY]) {
          for (let more = 0; more < 3; more++) await outbox.add('t', String(made++));
          let left = life;
          delivery.connect((_topic, payload) => {
            if (left <= 0) return Promise.reject(new Error('connection ended'));
            left -= 1;
            arrived.push(Number(payload));
            return Promise.resolve();
          });
          for (let turn = 0; turn < 30; turn++) await settle();
          if (life !== Number.POSITIVE_INFINITY) delivery.disconnect();
        }
        for (let turn = 0; turn < 100 && outbox.entries.length > 0; turn++) await settle();
        expect(outbox.entries).toEqual([]);
        const first = arrived.filter((value, index) => arrived.indexOf(value) === index);
        expect(first).toEqual(Array.from({ length: made }, (_, index) => index));
      }),
      { numRuns: 30 },
    );
  });
});
