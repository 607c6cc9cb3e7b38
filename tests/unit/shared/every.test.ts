import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { every } from '../../../src/shared/lifetime.js';

const LOUD = {
  onFailed: (error: unknown): void => {
    throw error;
  },
};

describe(every, () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('does its work once a period, and no more once it is disposed of', async () => {
    let rounds = 0;
    const running = every(100, () => void rounds++, LOUD);
    await vi.advanceTimersByTimeAsync(99);
    expect(rounds).toBe(0);
    await vi.advanceTimersByTimeAsync(201);
    expect(rounds).toBe(3);
    await running[Symbol.asyncDispose]();
    await vi.advanceTimersByTimeAsync(1000);
    expect(rounds).toBe(3);
  });

  it('begins no round while one is under way', async () => {
    const ends: (() => void)[] = [];
    const running = every(100, () => new Promise<void>((resolve) => ends.push(resolve)), LOUD);
    await vi.advanceTimersByTimeAsync(1000);
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await vi.advanceTimersByTimeAsync(100);
    expect(ends).toHaveLength(2);
    ends[1]?.();
    await running[Symbol.asyncDispose]();
  });

  it('goes on after a round that fails, and says why it failed', async () => {
    const failures: unknown[] = [];
    let rounds = 0;
    const work = (): Promise<void> => {
      rounds += 1;
      return rounds === 1 ? Promise.reject(new Error('disk full')) : Promise.resolve();
    };
    await using _running = every(100, work, { onFailed: (error) => failures.push(error) });
    await vi.advanceTimersByTimeAsync(300);
    expect(rounds).toBe(3);
    expect(failures).toEqual([new Error('disk full')]);
  });

  it('waits for the round under way when it is disposed of, but not for ever', async () => {
    const order: string[] = [];
    const work = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      order.push('round');
    };
    const quick = every(100, work, LOUD);
    await vi.advanceTimersByTimeAsync(110);
    const closing = quick[Symbol.asyncDispose]().then(() => order.push('closed'));
    await vi.advanceTimersByTimeAsync(100);
    await closing;
    expect(order).toEqual(['round', 'closed']);

    vi.useRealTimers();
    let hasBegun = false;
    const stuck = every(
      1,
      () => {
        hasBegun = true;
        return new Promise<void>(() => undefined);
      },
      { ...LOUD, closeWithinMs: 10 },
    );
    await vi.waitUntil(() => hasBegun);
    await stuck[Symbol.asyncDispose]();
  });
});
