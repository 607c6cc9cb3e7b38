import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reconnectDelayMs } from '../../../src/shared/backoff.js';

describe(reconnectDelayMs, () => {
  it('doubles up to the limit', () => {
    const options = { initialMs: 1000, maxMs: 30_000, random: () => 1 };
    const delays = [0, 1, 2, 3, 4, 5, 6, 2000].map((attempt) => reconnectDelayMs(attempt, options));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('lies between half and all of the full wait', () => {
    const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.nat(100), unit, (attempt, value) => {
        const full = Math.min(30_000, 1000 * 2 ** attempt);
        const delay = reconnectDelayMs(attempt, { initialMs: 1000, maxMs: 30_000, random: () => value });
        expect(delay).toBeGreaterThanOrEqual(full / 2);
        expect(delay).toBeLessThanOrEqual(full);
      }),
    );
  });
});
