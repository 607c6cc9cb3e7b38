import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batching, BatchQueue } from '../../../src/inference/micro-batcher.js';

const BATCHING: Batching = { maxBatch: 16, maxWaitMs: 20, queueSoftWindows: 8, queueHardWindows: 40 };

function queueOf(count: number, parallelism = 1, batching = BATCHING): BatchQueue<number> {
  const queue = new BatchQueue<number>(batching, parallelism);
  for (let item = 0; item < count; item++) queue.push(item, 0);
  return queue;
}

describe(BatchQueue, () => {
  it('lets a single item wait for others until its time is over', () => {
    const queue = queueOf(1);
    expect(queue.dueAtMs).toBe(20);
    expect(queue.take(19, 0, false)).toBeUndefined();
    expect(queue.take(20, 0, false)).toEqual({ items: [0], waitedMs: 20 });
    expect(queue.dueAtMs).toBeUndefined();
  });

  it('gives an idle worker a batch at once when four wait', () => {
    const queue = queueOf(3);
    expect(queue.take(0, 0, false)).toBeUndefined();
    queue.push(3, 1);
    expect(queue.take(1, 0, false)?.items).toEqual([0, 1, 2, 3]);
  });

  it('never makes a batch larger than allowed, nor waits for more than that', () => {
    const small = { ...BATCHING, maxBatch: 2 };
    expect(queueOf(2, 1, small).take(0, 0, false)?.items).toEqual([0, 1]);
    expect(queueOf(30).take(0, 0, false)?.items).toHaveLength(16);
  });

  it('gives a busy worker one full batch in advance, and nothing less', () => {
    expect(queueOf(15).take(1000, 1, false)).toBeUndefined();
    expect(queueOf(16).take(0, 1, false)?.items).toHaveLength(16);
    expect(queueOf(16).take(0, 2, false)).toBeUndefined();
  });

  it('shares what waits among idle workers', () => {
    expect(queueOf(12, 2).take(0, 0, false)?.items).toHaveLength(6);
    expect(queueOf(12, 2).take(0, 1, false)?.items).toHaveLength(12);
    expect(queueOf(6, 2).take(0, 0, false)?.items).toHaveLength(4);
  });

  it('waits no longer when it is urgent', () => {
    expect(queueOf(1).take(0, 0, true)?.items).toEqual([0]);
    expect(queueOf(1).take(0, 1, true)).toBeUndefined();
    expect(queueOf(0).take(0, 0, true)).toBeUndefined();
  });

  it('says that none waited a negative time when the clock is set back', () => {
    expect(queueOf(4).take(-1000, 0, false)?.waitedMs).toBe(0);
  });

  it('reports congestion from the soft limit on until it is down to half of it', () => {
    const queue = queueOf(7, 1, { ...BATCHING, maxBatch: 3 });
    expect(queue.isCongested).toBe(false);
    queue.push(7, 0);
    expect(queue.isCongested).toBe(true);
    queue.take(0, 0, false);
    expect([queue.size, queue.isCongested]).toEqual([5, true]);
    queue.take(0, 0, false);
    expect([queue.size, queue.isCongested]).toEqual([2, false]);
  });

  it('refuses what goes beyond the hard limit', () => {
    const queue = queueOf(40);
    expect(queue.push(40, 0)).toBe(false);
    expect(queue.size).toBe(40);
    queue.take(0, 0, false);
    expect(queue.push(41, 0)).toBe(true);
  });

  it('hands out what it took, in order and once, in batches that keep the rules', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('push' as const) }),
      fc.record({ kind: fc.constant('take' as const), running: fc.nat({ max: 5 }), isUrgent: fc.boolean() }),
      fc.record({ kind: fc.constant('wait' as const), durationMs: fc.nat({ max: 30 }) }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 300 }),
        fc.integer({ min: 1, max: 3 }),
        (steps, parallelism) => {
          const queue = new BatchQueue<number>(BATCHING, parallelism);
          const accepted: number[] = [];
          const taken: number[] = [];
          let nowMs = 0;
          steps.forEach((action, index) => {
            if (action.kind === 'wait') nowMs += action.durationMs;
            else if (action.kind === 'push') {
              if (queue.push(index, nowMs)) accepted.push(index);
            } else {
              const { items = [] } = queue.take(nowMs, action.running, action.isUrgent) ?? {};
              expect(items.length).toBeLessThanOrEqual(BATCHING.maxBatch);
              taken.push(...items);
            }
            expect(queue.size).toBe(accepted.length - taken.length);
            expect(queue.size).toBeLessThanOrEqual(BATCHING.queueHardWindows);
          });
          expect(taken).toEqual(accepted.slice(0, taken.length));
        },
      ),
    );
  });
});
