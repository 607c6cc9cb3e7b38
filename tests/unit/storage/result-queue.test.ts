import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointCount } from '../../../src/storage/points.js';
import { ResultQueue } from '../../../src/storage/result-queue.js';
import { makeResults, makeUpdate, makeWindow } from '../../helpers/make-results.js';

const results = (windows: number, statuses: number) =>
  makeResults({
    windows: Array.from({ length: windows }, () => makeWindow()),
    statuses: Array.from({ length: statuses }, () => makeUpdate()),
  });

describe(ResultQueue, () => {
  it('gives the oldest first, and the time of the oldest', () => {
    const queue = new ResultQueue(100);
    const [first, second, third] = [results(1, 0), results(1, 1), results(0, 1)];
    queue.add(first, 5);
    queue.add(second, 6);
    queue.add(third, 7);
    const head = queue.peek(3);
    expect(head).toEqual({ results: [first, second], points: 3, windows: 2, oldestAtMs: 5 });
    queue.remove(head);
    expect(queue.peek(3)).toEqual({ results: [third], points: 1, windows: 0, oldestAtMs: 7 });
  });

  it('refuses what does not fit, whole', () => {
    const queue = new ResultQueue(3);
    expect(queue.add(results(1, 1), 0)).toBe(true);
    expect(queue.add(results(1, 1), 0)).toBe(false);
    expect(queue.add(results(1, 0), 0)).toBe(true);
    expect(queue.points).toBe(3);
  });

  it('gives at least one entry, however large', () => {
    const queue = new ResultQueue(100);
    queue.add(results(50, 0), 0);
    queue.add(results(1, 0), 0);
    expect(queue.peek(10).points).toBe(50);
  });

  it('counts what is in it, whatever is done', () => {
    const step = fc.oneof(
      fc.record({ windows: fc.nat(5), statuses: fc.nat(5) }),
      fc.record({ take: fc.integer({ min: 1, max: 8 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const queue = new ResultQueue(20);
        const inside: ReturnType<typeof results>[] = [];
        for (const action of steps) {
          if ('take' in action) {
            const head = queue.peek(action.take);
            expect(head.results).toEqual(inside.splice(0, head.results.length));
            queue.remove(head);
          } else {
            const some = results(action.windows, action.statuses);
            if (queue.add(some, 0)) inside.push(some);
          }
          expect(queue.points).toBe(inside.reduce((sum, some) => sum + pointCount(some), 0));
          expect(queue.windows).toBe(inside.reduce((sum, some) => sum + some.windows.length, 0));
          expect(queue.points).toBeLessThanOrEqual(20);
          expect(queue.added - queue.removed).toBe(inside.length);
        }
      }),
    );
  });
});
