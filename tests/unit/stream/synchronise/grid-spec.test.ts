import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowTimes } from '../../../../src/stream/synchronise/grid-spec.js';

describe(RowTimes, () => {
  const rates = fc.constantFrom(1, 7, 20, 25, 33.3, 50, 60, 62.5, 100, 104, 256, 1000);
  /** Of times since 1970, as epoch times are. */
  const rows = fc.integer({ min: 0, max: 2e12 });

  it('finds the row that lies exactly at a time, from either side', () => {
    fc.assert(
      fc.property(rates, rows, (rateHz, anywhere) => {
        const times = new RowTimes(rateHz);
        const row = Math.floor((anywhere * rateHz) / 1000);
        expect(times.atOrBefore(times.timeMs(row))).toBe(row);
        expect(times.atOrAfter(times.timeMs(row))).toBe(row);
      }),
    );
  });

  it('finds the rows on both sides of a time between two', () => {
    fc.assert(
      fc.property(rates, rows, fc.double({ min: 0.1, max: 0.9, noNaN: true }), (rateHz, anywhere, share) => {
        const times = new RowTimes(rateHz);
        const row = Math.floor((anywhere * rateHz) / 1000);
        const betweenMs = times.timeMs(row) + (share * 1000) / rateHz;
        expect([times.atOrBefore(betweenMs), times.atOrAfter(betweenMs)]).toEqual([row, row + 1]);
      }),
    );
  });
});
