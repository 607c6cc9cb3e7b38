import { describe, expect, it } from 'vitest';
import { formatAgo, formatClock, formatDuration } from '../../../src/web/core/format.js';

it('durations have two units at most', () => {
  expect(formatDuration(900)).toBe('1 s');
  expect(formatDuration(61_000)).toBe('1 min 1 s');
  expect(formatDuration(3_600_000)).toBe('1 h');
  expect(formatDuration(90_061_000)).toBe('1 d 1 h');
  expect(formatAgo(1000, 2000)).toBe('just now');
  expect(formatAgo(0, 65_000)).toBe('1 min 5 s ago');
});

describe(formatClock, () => {
  it.each([
    ['epoch', -10.2, '10 ms ahead of the gateway’s, drift 1.5 ppm'],
    ['epoch', 0.2, 'as the gateway’s, drift 1.5 ppm'],
    ['epoch', 3_600_000, '1 h behind the gateway’s, drift 1.5 ppm'],
    ['boot', 1_790_000_000_000, 'since the phone was switched on, drift 1.5 ppm'],
    ['experiment', 1_790_000_000_000, 'since the recording began, drift 1.5 ppm'],
  ] as const)('says of a clock of kind %s with %d ms: %s', (kind, offsetMs, words) => {
    expect(formatClock({ kind, offsetMs, driftPpm: 1.52 })).toBe(words);
  });

  it('says when it is not known', () => {
    expect(formatClock(null)).toBe('not known');
  });
});
