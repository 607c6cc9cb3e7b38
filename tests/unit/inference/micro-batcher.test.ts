import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Batching, MicroBatcher } from '../../../src/inference/micro-batcher.js';
import { VirtualTime } from '../../helpers/virtual-time.js';

const BATCHING: Batching = { maxBatch: 8, maxWaitMs: 20, queueSoftWindows: 10, queueHardWindows: 20 };

/** A batcher whose batches end when the test says so. */
function setUp(parallelism = 1) {
  const scheduler = new VirtualTime();
  const runs: { readonly items: readonly number[]; readonly atMs: number; end(): void }[] = [];
  const congestion: boolean[] = [];
  const batcher = new MicroBatcher<number>({
    batching: BATCHING,
    parallelism,
    scheduler,
    run: ({ items }) =>
      new Promise<void>((resolve) => runs.push({ items, atMs: scheduler.now(), end: resolve })),
    onCongested: (isCongested) => congestion.push(isCongested),
  });
  const push = (...items: number[]): boolean[] => items.map((item) => batcher.push(item));
  return { batcher, scheduler, runs, congestion, push };
}

describe(MicroBatcher, () => {
  it('runs nothing and sets no timer while nothing is pushed', async () => {
    const { scheduler, runs } = setUp();
    await scheduler.advance(1000);
    expect(scheduler.actions).toEqual([]);
    expect(runs).toEqual([]);
  });

  it('runs an item that stays alone when its time is over', async () => {
    const { scheduler, runs, push } = setUp();
    push(1);
    await scheduler.advance(19);
    expect(runs).toEqual([]);
    await scheduler.advance(1);
    expect(runs.map(({ items, atMs }) => [items, atMs])).toEqual([[[1], 20]]);
  });

  it('counts the time again for an item that comes after a batch has left', async () => {
    const { scheduler, runs, push } = setUp(2);
    push(1);
    await scheduler.advance(10);
    push(2, 3, 4);
    await scheduler.advance(5);
    push(5);
    await scheduler.advance(19);
    expect(runs.map(({ items }) => items)).toEqual([[1, 2, 3, 4]]);
    await scheduler.advance(1);
    expect(runs.map(({ items }) => items)).toEqual([[1, 2, 3, 4], [5]]);
  });

  it('collects while the worker is busy and goes on when it has ended', async () => {
    const { scheduler, runs, push } = setUp();
    push(1, 2, 3, 4);
    push(5, 6);
    await scheduler.advance(100);
    expect(runs).toHaveLength(1);
    runs[0]?.end();
    await nextTurn();
    expect(runs.map(({ items }) => items)).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
  });

  it('does not wait for a clock that was set back', async () => {
    const { scheduler, runs, push } = setUp();
    await scheduler.advance(1_000_000);
    push(1, 2, 3, 4);
    push(5);
    scheduler.frame = 0;
    runs[0]?.end();
    await scheduler.advance(20);
    expect(runs.map(({ items }) => items)).toEqual([[1, 2, 3, 4], [5]]);
  });

  it('reports congestion once each way and refuses at the hard limit', async () => {
    const { runs, congestion, push, batcher } = setUp();
    push(1, 2, 3, 4);
    push(...Array(8).keys());
    expect(runs).toHaveLength(2);
    expect(push(...Array(21).keys()).filter((accepted) => !accepted)).toHaveLength(1);
    expect([batcher.waiting, congestion]).toEqual([20, [true]]);
    for (let run = 0; run < runs.length; run++) {
      runs[run]?.end();
      await nextTurn();
    }
    expect([batcher.waiting, congestion]).toEqual([0, [true, false]]);
  });

  it('drains: runs what waits without delay, and calls back when all has ended', async () => {
    const { batcher, runs, push } = setUp();
    let drained = 0;
    push(1);
    batcher.drain(() => {
      drained += 1;
    });
    expect([runs.length, drained]).toEqual([1, 0]);
    runs[0]?.end();
    await nextTurn();
    expect(drained).toBe(1);
  });

  it('calls back at once when there is nothing to drain', () => {
    const { batcher } = setUp();
    let drained = 0;
    batcher.drain(() => {
      drained += 1;
    });
    expect(drained).toBe(1);
  });

  it('drops what waits when it is disposed of, and still says when what ran has ended', async () => {
    const { batcher, scheduler, runs, push } = setUp();
    let drained = 0;
    push(1, 2, 3, 4);
    push(5);
    batcher[Symbol.dispose]();
    batcher.drain(() => {
      drained += 1;
    });
    await scheduler.advance(1000);
    expect(drained).toBe(0);
    runs[0]?.end();
    await nextTurn();
    expect([runs.length, drained]).toEqual([1, 1]);
  });
});
