import { describe, expect, it } from 'vitest';
import { Slots } from '../../../src/shared/limit.js';

describe(Slots, () => {
  it('runs so many at a time, the others in order, and goes on after a failure', async () => {
    const slots = new Slots(2);
    const ends: (() => void)[] = [];
    const began: number[] = [];
    const tasks = [0, 1, 2, 3].map((number) =>
      slots.run(async () => {
        began.push(number);
        await new Promise<void>((resolve) => void ends.push(resolve));
        if (number === 0) throw new Error('broken');
        return number;
      }),
    );
    const outcomes = Promise.allSettled(tasks);
    expect(began).toEqual([0, 1]);
    for (let done = 0; done < 4; done++) {
      ends[done]?.();
      await new Promise(setImmediate);
      expect(began).toHaveLength(Math.min(4, done + 3));
    }
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(began).toEqual([0, 1, 2, 3]);
    expect(await slots.run(() => Promise.resolve('free again'))).toBe('free again');
  });
});
