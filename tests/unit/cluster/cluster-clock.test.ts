import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClusterClock } from '../../../src/cluster/cluster-clock.js';

const START_MS = 1_700_000_000_000;

describe(ClusterClock, () => {
  it('is left alone where it may be right', () => {
    const clock = new ClusterClock({ nowMs: () => START_MS });
    clock.compare(START_MS + 900, START_MS, START_MS + 5);
    // An answer that came late proves nothing.
    clock.compare(START_MS + 60_000, START_MS, START_MS + 120_000);
    expect(clock.offsetMs).toBe(0);
    expect(clock.nowMs()).toBe(START_MS);
  });

  it('says nearly what NATS says wherever it stands, and is its own again once that is right', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -3_600_000, max: 3_600_000 }),
        fc.integer({ min: 0, max: 2000 }),
        fc.integer({ min: 0, max: 2000 }),
        (aheadMs, thereMs, backMs) => {
          const clock = new ClusterClock({ nowMs: () => START_MS + aheadMs });
          clock.compare(START_MS, START_MS + aheadMs - thereMs, START_MS + aheadMs + backMs);
          expect(Math.abs(clock.nowMs() - START_MS)).toBeLessThanOrEqual(thereMs + backMs + 1000);
          clock.compare(START_MS, START_MS - 1, START_MS + 1);
          expect(clock.offsetMs).toBe(0);
        },
      ),
    );
  });
});
