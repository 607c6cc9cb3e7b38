import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../src/shared/backoff.js';

const backoff = { initialMs: 100, maxMs: 1_000 };

describe('backoffMs', () => {
  it('doubles with every failure up to its limit', () => {
    const waits = [1, 2, 3, 4, 5, 6].map((failures) => backoffMs(failures, backoff, () => 1));
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('takes between half and all of that', () => {
    expect(backoffMs(1, backoff, () => 0)).toBe(50);
    expect(backoffMs(1, backoff, () => 0.5)).toBe(75);
  });

  it('stays positive and bounded after any number of failures', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, random) => {
          const waitMs = backoffMs(failures, backoff, () => random);
          expect(waitMs).toBeGreaterThan(0);
          expect(waitMs).toBeLessThanOrEqual(backoff.maxMs);
        },
      ),
    );
  });
});
