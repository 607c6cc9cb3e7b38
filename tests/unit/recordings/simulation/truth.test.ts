import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDayPlan } from '../../../../src/recordings/simulation/day-plan.js';
import { isTruthTarget, TRUTH_TARGETS, truthIntervals } from '../../../../src/recordings/simulation/truth.js';
import { START_MS } from '../../../helpers/sensor-messages.js';

describe('truthIntervals', () => {
  it('covers the range, ascending, without overlap, and changes at every border', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom(...TRUTH_TARGETS),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        (seed, target, offsetMs, lengthMs) => {
          const plan = createDayPlan(seed, START_MS);
          const fromMs = START_MS + offsetMs;
          const intervals = truthIntervals(plan, target, fromMs, fromMs + lengthMs);
          expect(intervals[0]?.fromMs).toBe(fromMs);
          expect(intervals.at(-1)?.toMs).toBe(fromMs + lengthMs);
          intervals.forEach((interval, index) => {
            const next = intervals[index + 1];
            expect(interval.toMs).toBeGreaterThan(interval.fromMs);
            expect(plan.stretchAt(interval.fromMs)[target]).toBe(interval.value);
            if (next === undefined) return;
            expect(next.fromMs).toBe(interval.toMs);
            expect(next.value).toBe(!interval.value);
          });
        },
      ),
    );
  });
});

describe('isTruthTarget', () => {
  it('knows the targets of the simulation', () => {
    expect(isTruthTarget('accompanied')).toBe(true);
    expect(isTruthTarget('label')).toBe(false);
  });
});
