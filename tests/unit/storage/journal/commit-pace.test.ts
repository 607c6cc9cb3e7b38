import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CommitPace } from '../../../../src/storage/journal/commit-pace.js';
import { deviceId } from '../../../helpers/sensor-messages.js';

describe(CommitPace, () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const one = deviceId('one');
  const other = deviceId('other');

  /** Messages at these times, milliseconds from the first on, of two devices in turn. @returns when their commit leaves */
  async function leavesAt(pace: CommitPace, timesMs: readonly number[]): Promise<number> {
    const startedMs = performance.now();
    let leftMs = Number.NaN;
    for (const [index, timeMs] of timesMs.entries()) {
      await vi.advanceTimersByTimeAsync(startedMs + timeMs - performance.now());
      if (!Number.isNaN(leftMs)) break;
      pace.changed(index % 2 === 0 ? one : other);
      if (index === 0) void pace.due().then(() => (leftMs = performance.now() - startedMs));
    }
    await vi.advanceTimersByTimeAsync(1000);
    return leftMs;
  }

  /** As it is once a commit has taken messages of two devices. */
  async function busy(): Promise<CommitPace> {
    const pace = new CommitPace();
    pace.changed(one);
    pace.changed(other);
    await pace.due();
    return pace;
  }

  const everyMs = (stepMs: number, count: number): number[] =>
    Array.from({ length: count }, (_, index) => index * stepMs);

  it('keeps a device waiting for nobody that sends alone', async () => {
    const pace = new CommitPace();
    for (let message = 0; message < 3; message++) {
      pace.changed(one);
      const startedMs = performance.now();
      await pace.due();
      expect(performance.now()).toBe(startedMs);
    }
  });

  it.each([
    ['waits for others', [0], 50],
    ['waits once more while they come one by one', everyMs(10, 20), 100],
    ['does not where a broker has sent all that it may at once', everyMs(0, 10), 50],
    ['leaves with a flood of as many as a commit should take', everyMs(1, 200), 41],
    ['leaves a moment after a flood has ended', everyMs(0, 20), 5],
    ['leaves after two waits with what comes every few milliseconds', everyMs(3, 200), 100],
  ])('%s', async (_, timesMs, expectedMs) => {
    const leftMs = await leavesAt(await busy(), timesMs);
    expect(Math.abs(leftMs - expectedMs)).toBeLessThanOrEqual(5);
  });

  it('keeps nobody waiting again once one device alone goes on', async () => {
    const pace = await busy();
    for (const expectedMs of [50, 50, 0]) expect(await leavesAt(pace, [0])).toBe(expectedMs);
  });
});
