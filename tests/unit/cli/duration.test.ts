import { describe, expect, it } from 'vitest';
import { durationMs } from '../../../src/cli/options.js';

describe('durationMs', () => {
  it.each([
    ['1m', 60_000],
    ['12h', 43_200_000],
    ['30d', 2_592_000_000],
    ['2w', 1_209_600_000],
  ])('reads %s', (text, ms) => expect(durationMs(text)).toBe(ms));

  it.each(['', '30', 'd', '0d', '-1d', '1.5d', '1y', '1d2h', '9999999d', '1 d'])('refuses "%s"', (text) => {
    expect(() => durationMs(text)).toThrow();
  });
});
