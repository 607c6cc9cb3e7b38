import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTick, ticksOf } from '../../../src/web/core/ticks.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NOON_MS = new Date(2026, 5, 10, 12).getTime();

describe(ticksOf, () => {
  it('stand at round times of the reader’s clock', () => {
    const ticks = ticksOf({ fromMs: NOON_MS - 7 * MINUTE_MS, toMs: NOON_MS + 8 * MINUTE_MS }, 6);
    expect(ticks.map(({ timeMs }) => (timeMs - NOON_MS) / MINUTE_MS)).toEqual([-5, 0, 5]);
    const days = ticksOf({ fromMs: NOON_MS - 5 * DAY_MS, toMs: NOON_MS }, 6);
    expect(days.map(({ timeMs }) => new Date(timeMs).getHours())).toEqual([0, 0, 0, 0, 0]);
  });

  it('are some, ascend, and lie within any range', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        fc.integer({ min: 10_000, max: 366 * DAY_MS }),
        fc.integer({ min: 3, max: 12 }),
        (fromMs, lengthMs, most) => {
          const times = ticksOf({ fromMs, toMs: fromMs + lengthMs }, most).map(({ timeMs }) => timeMs);
          expect(times.length).toBeLessThanOrEqual(most + 2);
          expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
          for (const timeMs of times) {
            expect(timeMs).toBeGreaterThanOrEqual(fromMs);
            expect(timeMs).toBeLessThanOrEqual(fromMs + lengthMs);
          }
        },
      ),
    );
  });
});

it('a tick says the day at midnight and otherwise the time, in the words of the reader’s clock', () => {
  const midnightMs = new Date(2026, 5, 10).getTime();
  const short = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
  expect(formatTick(midnightMs)).toContain('10');
  expect(formatTick(NOON_MS)).toBe(short.format(NOON_MS));
  expect(formatTick(NOON_MS + 5000)).toContain('05');
});
