import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createDayPlan,
  isTruthTarget,
  TRUTH_TARGETS,
  truthIntervals,
} from '../../../../src/recordings/simulation/day-plan.js';
import { START_MS } from '../../../helpers/sensor-messages.js';

const options = fc
  .record({ shortestSeconds: fc.integer({ min: 1, max: 60 }), longer: fc.integer({ min: 0, max: 120 }) })
  .map(({ shortestSeconds, longer }) => ({ shortestSeconds, longestSeconds: shortestSeconds + longer }));
const range = fc
  .tuple(fc.integer({ min: -3_600_000, max: 3_600_000 }), fc.integer({ min: 1, max: 3_600_000 }))
  .map(([fromMs, lengthMs]) => ({ fromMs: START_MS + fromMs, toMs: START_MS + fromMs + lengthMs }));

describe('createDayPlan', () => {
  it('covers any range without gaps, each stretch within the bounds', () => {
    fc.assert(
      fc.property(fc.integer(), options, range, (seed, bounds, { fromMs, toMs }) => {
        const stretches = createDayPlan(seed, START_MS, bounds).stretches(fromMs, toMs);
        expect(stretches[0]?.fromMs).toBeLessThanOrEqual(fromMs);
        expect(stretches.at(-1)?.toMs).toBeGreaterThanOrEqual(toMs);
        stretches.forEach((stretch, index) => {
          const next = stretches[index + 1];
          if (next !== undefined) expect(next.fromMs).toBe(stretch.toMs);
          const seconds = (stretch.toMs - stretch.fromMs) / 1000;
          expect(seconds).toBeGreaterThanOrEqual(bounds.shortestSeconds - 0.001);
          expect(seconds).toBeLessThanOrEqual(bounds.longestSeconds + 0.001);
        });
      }),
    );
  });

  it('finds the same stretch for a time whatever was looked up before', () => {
    fc.assert(
      fc.property(fc.integer(), range, (seed, { fromMs, toMs }) => {
        const used = createDayPlan(seed, START_MS);
        used.stretchAt(fromMs);
        const found = used.stretchAt(toMs);
        expect(found).toEqual(createDayPlan(seed, START_MS).stretchAt(toMs));
        expect(found.fromMs).toBeLessThanOrEqual(toMs);
        expect(found.toMs).toBeGreaterThan(toMs);
      }),
    );
  });

  it('holds company and talk in every combination within a block', () => {
    const stretches = createDayPlan(3, START_MS, { shortestSeconds: 20, longestSeconds: 20 }).stretches(
      START_MS,
      START_MS + 160_000,
    );
    const kinds = stretches.map(({ accompanied, conversation }) => `${accompanied}/${conversation}`);
    expect(kinds).toHaveLength(8);
    expect(new Set(kinds)).toEqual(new Set(['false/false', 'true/false', 'true/true', 'false/true']));
    expect(kinds.filter((kind) => kind === 'false/true')).toHaveLength(1);
  });
});

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
