import { describe, expect, it } from 'vitest';
import { AttemptLimit } from '../../../src/access/attempt-limit.js';

const OPTIONS = { maxFailures: 3, windowMs: 1000, maxAddresses: 2 };

function failTimes(limit: AttemptLimit, address: string, times: number, nowMs: number): void {
  for (let count = 0; count < times; count++) limit.noteFailure(address, nowMs);
}

describe('AttemptLimit', () => {
  it('lets an address try until it has failed often enough, then tells how long to wait', () => {
    const limit = new AttemptLimit(OPTIONS);
    failTimes(limit, 'a', 2, 0);
    expect(limit.waitMs('a', 0)).toBe(0);
    limit.noteFailure('a', 400);
    expect(limit.waitMs('a', 400)).toBe(600);
    expect(limit.waitMs('a', 999)).toBe(1);
    expect(limit.waitMs('a', 1000)).toBe(0);
  });

  it('begins to count anew after the window', () => {
    const limit = new AttemptLimit(OPTIONS);
    failTimes(limit, 'a', 2, 0);
    failTimes(limit, 'a', 2, 1000);
    expect(limit.waitMs('a', 1001)).toBe(0);
  });

  it('keeps addresses apart', () => {
    const limit = new AttemptLimit(OPTIONS);
    failTimes(limit, 'a', 3, 0);
    expect(limit.waitMs('b', 1)).toBe(0);
  });

  it('remembers a bounded number of addresses, the latest', () => {
    const limit = new AttemptLimit(OPTIONS);
    for (const address of ['a', 'b', 'c']) failTimes(limit, address, 3, 0);
    expect(['a', 'b', 'c'].map((address) => limit.waitMs(address, 1) > 0)).toEqual([false, true, true]);
  });

  it('forgives when the clock was set back', () => {
    const limit = new AttemptLimit(OPTIONS);
    failTimes(limit, 'a', 3, 5000);
    expect(limit.waitMs('a', 10)).toBe(0);
  });
});
