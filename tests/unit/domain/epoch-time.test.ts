import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochUnitOf, wrongEpochUnit } from '../../../src/domain/epoch-time.js';

const EVERYDAY_MS = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) - 1 });

describe(epochUnitOf, () => {
  it('knows the unit of any time from 2000 to 2099', () => {
    fc.assert(
      fc.property(EVERYDAY_MS, (timeMs) => {
        expect(epochUnitOf(timeMs)).toBe('milliseconds');
        expect(epochUnitOf(timeMs / 1000)).toBe('seconds');
        expect(epochUnitOf(timeMs * 1000)).toBe('microseconds');
        expect(epochUnitOf(timeMs * 1e6)).toBe('nanoseconds');
      }),
    );
  });

  it.each([0, 2000, -1, Date.UTC(1999, 11, 31), Date.UTC(2100, 0, 1), 8.64e15, Number.NaN, Infinity])(
    'knows none for %d',
    (time) => {
      expect(epochUnitOf(time)).toBeUndefined();
      expect(wrongEpochUnit(time)).toBeUndefined();
    },
  );
});

describe(wrongEpochUnit, () => {
  it('says which unit it is and what makes milliseconds of it', () => {
    expect(wrongEpochUnit(1_790_000_000)).toBe(
      'looks like epoch seconds, but must be epoch milliseconds: multiply by 1,000',
    );
    expect(wrongEpochUnit(1_790_000_000e6)).toContain('microseconds');
    expect(wrongEpochUnit(1_790_000_000e9)).toContain('divide by 1,000,000');
    expect(wrongEpochUnit(1_790_000_000e3)).toBeUndefined();
  });
});
