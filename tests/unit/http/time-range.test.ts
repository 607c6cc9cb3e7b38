import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpProblem } from '../../../src/http/problem.js';
import { parseTime, resolveTimeRange } from '../../../src/http/time-range.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 0, 31, 12);

describe(parseTime, () => {
  it('reads epoch milliseconds with up to three decimals', () => {
    fc.assert(
      fc.property(fc.integer({ min: -8.64e15, max: 8.64e15 }), (timeMs) => {
        expect(parseTime(String(timeMs))).toBe(timeMs);
      }),
    );
    expect(parseTime('1700000000000.125')).toBe(1_700_000_000_000.125);
  });

  it('reads what toISOString writes', () => {
    const date = fc.date({
      noInvalidDate: true,
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
    });
    fc.assert(
      fc.property(date, (time) => {
        expect(parseTime(time.toISOString())).toBe(time.getTime());
      }),
    );
  });

  it.each([
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    ['2026-01-31T08:00Z', Date.UTC(2026, 0, 31, 8)],
    ['2026-01-31T08:00:30.5Z', Date.UTC(2026, 0, 31, 8, 0, 30, 500)],
    ['2026-01-31T08:00:00+02:00', Date.UTC(2026, 0, 31, 6)],
    ['2026-01-31T08:00:00 02:00', Date.UTC(2026, 0, 31, 6)],
    ['2026-01-31T08:00:00-05:30', Date.UTC(2026, 0, 31, 13, 30)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
  ])('reads %s', (text, timeMs) => {
    expect(parseTime(text)).toBe(timeMs);
  });

  it.each([
    ['nothing', ''],
    ['a blank', ' '],
    ['a word', 'yesterday'],
    ['no zone', '2026-01-31T08:00:00'],
    ['a day that is not', '2026-02-29'],
    ['a month that is not', '2026-13-01'],
    ['an hour that is not', '2026-01-31T25:00:00Z'],
    ['an exponent', '1e12'],
    ['infinity', 'Infinity'],
    ['NaN', 'NaN'],
    ['hexadecimal', '0x10'],
    ['beyond what a date can hold', '8640000000000001'],
    ['a very long number', '9'.repeat(10_000)],
    ['text behind', '2026-01-31T08:00:00Z;DROP'],
    ['a line break', '2026-01-31\n'],
    ['an American date', '01/31/2026'],
  ])('refuses %s', (_name, text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});

describe(resolveTimeRange, () => {
  it('defaults to the last 24 hours', () => {
    expect(resolveTimeRange({}, NOW_MS)).toEqual({ fromMs: NOW_MS - DAY_MS, toMs: NOW_MS });
    expect(resolveTimeRange({ to: 5 * DAY_MS }, NOW_MS)).toEqual({ fromMs: 4 * DAY_MS, toMs: 5 * DAY_MS });
    expect(resolveTimeRange({ from: NOW_MS - 10 }, NOW_MS)).toEqual({ fromMs: NOW_MS - 10, toMs: NOW_MS });
  });

  it('says what is wrong with a range that is reversed or empty', () => {
    expect(() => resolveTimeRange({ from: 2000, to: 1000 }, NOW_MS)).toThrow(
      'from (1970-01-01T00:00:02.000Z) must lie before to (1970-01-01T00:00:01.000Z)',
    );
    expect(() => resolveTimeRange({ from: 1000, to: 1000 }, NOW_MS)).toThrow(HttpProblem);
    expect(() => resolveTimeRange({ from: NOW_MS + 1 }, NOW_MS)).toThrow('must lie before to (now, 2026');
  });

  it('takes a year and refuses ten', () => {
    expect(resolveTimeRange({ from: 0, to: 366 * DAY_MS }, NOW_MS).toMs).toBe(366 * DAY_MS);
    expect(() => resolveTimeRange({ from: 0, to: 3652 * DAY_MS }, NOW_MS)).toThrow(
      'the range spans 3652 days; ask for at most 366 days at a time',
    );
    expect(() => resolveTimeRange({ from: 0 }, NOW_MS)).toThrow(/spans \d+ days/);
  });

  it('never answers a range that is empty or too long', () => {
    const time = fc.option(fc.integer({ min: -8.64e15, max: 8.64e15 }), { nil: undefined });
    fc.assert(
      fc.property(time, time, (from, to) => {
        let range: { fromMs: number; toMs: number };
        try {
          range = resolveTimeRange({ from, to }, NOW_MS);
        } catch (error) {
          expect(error).toBeInstanceOf(HttpProblem);
          return;
        }
        expect(range.toMs).toBeGreaterThan(range.fromMs);
        expect(range.toMs - range.fromMs).toBeLessThanOrEqual(366 * DAY_MS);
      }),
    );
  });
});
