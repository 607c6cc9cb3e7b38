import { describe, expect, it } from 'vitest';
import { parseRetryAfterMs } from '../../../../src/notify/webhooks/send.js';

const NOW_MS = Date.UTC(2026, 0, 31, 12);

describe(parseRetryAfterMs, () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sat, 31 Jan 2026 12:00:30 GMT', 30_000],
    ['Sat, 31 Jan 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s is %s', (header, expected) => {
    expect(parseRetryAfterMs(header, NOW_MS)).toBe(expected);
  });
});
