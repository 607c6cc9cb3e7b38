import { describe, expect, it } from 'vitest';
import { timePerDay } from '../../../../src/http/routes/days.js';

const HOUR_MS = 3_600_000;

describe(timePerDay, () => {
  it('cuts at midnight of the time zone asked for', () => {
    const fromMs = Date.UTC(2026, 0, 30, 20);
    const intervals = [
      { fromMs, toMs: fromMs + 6 * HOUR_MS, status: 'yes' as const, confidence: 1 },
      { fromMs: fromMs + 6 * HOUR_MS, toMs: fromMs + 7 * HOUR_MS, status: 'unknown' as const, confidence: 0 },
    ];
    expect(timePerDay(intervals, 'UTC')).toEqual([
      { day: '2026-01-30', fromMs, yesMs: 4 * HOUR_MS, noMs: 0, unknownMs: 0 },
      { day: '2026-01-31', fromMs: fromMs + 4 * HOUR_MS, yesMs: 2 * HOUR_MS, noMs: 0, unknownMs: HOUR_MS },
    ]);
    // Midnight in Seoul is 15:00 UTC.
    expect(timePerDay(intervals, 'Asia/Seoul')).toEqual([
      { day: '2026-01-31', fromMs, yesMs: 6 * HOUR_MS, noMs: 0, unknownMs: HOUR_MS },
    ]);
  });

  it('adds up each class of a target that has more than two', () => {
    const fromMs = Date.UTC(2026, 0, 30);
    const spans = [
      ['walking', 2],
      ['unknown', 1],
      ['seated', 3],
      ['walking', 4],
    ] as const;
    let atMs = fromMs;
    const intervals = spans.map(([status, hours]) => {
      const span = { fromMs: atMs, toMs: atMs + hours * HOUR_MS, status, confidence: 1 };
      atMs = span.toMs;
      return span;
    });
    expect(timePerDay(intervals, 'UTC')).toEqual([
      {
        day: '2026-01-30',
        fromMs,
        yesMs: 0,
        noMs: 0,
        unknownMs: HOUR_MS,
        classesMs: { walking: 6 * HOUR_MS, seated: 3 * HOUR_MS },
      },
    ]);
  });

  it('knows days of 23 and 25 hours', () => {
    const all = (fromMs: number, hours: number) => [
      { fromMs, toMs: fromMs + hours * HOUR_MS, status: 'no' as const, confidence: 1 },
    ];
    const spring = timePerDay(all(Date.UTC(2026, 2, 28, 23), 48), 'Europe/Berlin');
    expect(spring.map(({ day, noMs }) => [day, noMs / HOUR_MS])).toEqual([
      ['2026-03-29', 23],
      ['2026-03-30', 24],
      ['2026-03-31', 1],
    ]);
    const autumn = timePerDay(all(Date.UTC(2026, 9, 24, 22), 26), 'Europe/Berlin');
    expect(autumn.map(({ day, noMs }) => [day, noMs / HOUR_MS])).toEqual([
      ['2026-10-25', 25],
      ['2026-10-26', 1],
    ]);
  });

  it('refuses a time zone there is not', () => {
    expect(() => timePerDay([], 'Mars/Olympus')).toThrow(RangeError);
  });
});
