import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FENCE_MS, LEASE_MS, OwnerRight, UNOWNED } from '../../../src/cluster/ownership.js';

const rightOf = (sentAtMs = 0) => new OwnerRight({ owner: 'a', token: 4 }, 10, sentAtMs);

describe('OwnerRight', () => {
  it('acts until the fence after the sending of its last successful write', () => {
    const right = rightOf(1000);
    expect(right.mayAct(1000 + FENCE_MS - 1)).toBe(true);
    expect(right.mayAct(1000 + FENCE_MS)).toBe(false);
    right.written(11, 2500);
    expect(right).toMatchObject({ revision: 11, isLost: false });
    expect(right.mayAct(2500 + FENCE_MS - 1)).toBe(true);
  });

  it('is not revived by the late answer to a write that was sent before it lapsed', () => {
    const right = rightOf(0);
    // The process was stopped for 8 s between sending and answer.
    right.written(11, 500);
    expect(right.mayAct(8500)).toBe(false);
  });

  it('never counts an older write for a newer one', () => {
    const right = rightOf(3000);
    right.written(11, 2000);
    expect(right.mayAct(3000 + FENCE_MS - 1)).toBe(true);
  });

  it('goes on with a revision of its own whose answer got lost, without acting on it', () => {
    const right = rightOf(0);
    right.found({ revision: 14, value: { ...UNOWNED, owner: 'a', token: 4 } });
    expect(right).toMatchObject({ revision: 14, isLost: false });
    expect(right.mayAct(FENCE_MS)).toBe(false);
  });

  it.each([
    ['another gateway', { owner: 'b', token: 5 }],
    ['an earlier run of the same name', { owner: 'a', token: 3 }],
    ['nobody', { owner: '', token: 4 }],
  ])('is lost for ever to %s', (_, other) => {
    const right = rightOf(0);
    right.found({ revision: 14, value: { ...UNOWNED, ...other } });
    right.written(15, 1);
    expect(right.isLost).toBe(true);
    expect(right.mayAct(1)).toBe(false);
  });

  it('ends before the lease of whoever watches it does, however long answers and news take', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ sentMs: fc.nat(20_000) }), { minLength: 1 }),
        fc.nat(3000),
        (writes, newsMs) => {
          const right = rightOf(0);
          const inOrder = writes.toSorted((a, b) => a.sentMs - b.sentMs);
          for (const [index, { sentMs }] of inOrder.entries()) right.written(11 + index, sentMs);
          // A watcher counts from when it sees the last write, which is after it was sent.
          const seenMs = (inOrder.at(-1)?.sentMs ?? 0) + newsMs;
          expect(right.mayAct(seenMs + LEASE_MS)).toBe(false);
        },
      ),
    );
  });
});
