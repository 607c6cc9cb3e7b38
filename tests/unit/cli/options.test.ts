import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/cli/options.js';

describe(epochMs, () => {
  it('reads epoch milliseconds and ISO 8601', () => {
    const timeMs = Date.UTC(2026, 2, 1, 10);
    for (const text of [String(timeMs), '2026-03-01T10:00:00Z', '2026-03-01T11:00:00+01:00']) {
      expect(epochMs(text), text).toBe(timeMs);
    }
    expect(epochMs('1772359200000.5')).toBe(timeMs + 0.5);
  });

  it.each([
    ['1790000000', 'looks like epoch seconds'],
    ['1.79e9', 'looks like epoch seconds'],
    ['1790000000.250', 'looks like epoch seconds'],
    ['1790000000000000', 'looks like epoch microseconds'],
    ['1790000000000000000', 'looks like epoch nanoseconds'],
    ['0', 'the years 2000 to 2099'],
    ['-5', 'the years 2000 to 2099'],
    ['1999-12-31T23:59:59Z', 'the years 2000 to 2099'],
    ['2100-01-01T00:00:00Z', 'the years 2000 to 2099'],
    ['soon', 'epoch milliseconds or an ISO 8601 time'],
    ['', 'epoch milliseconds or an ISO 8601 time'],
  ])('refuses %j', (text, words) => {
    expect(() => epochMs(text)).toThrow(words);
  });
});
