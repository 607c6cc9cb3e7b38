import { describe, expect, it } from 'vitest';
import { checkRange, shift, zoom } from '../../../src/web/core/range.js';

const YEAR_MS = 365 * 86_400_000;

describe(checkRange, () => {
  it.each([
    [Number.NaN, 5, 'beginning and an end'],
    [10, 5, 'lies after the end'],
    [0, 10 * YEAR_MS, '3650 days'],
  ])('says what is wrong with %s to %s', (fromMs, toMs, words) => {
    expect(checkRange(fromMs, toMs)).toContain(words);
  });

  it('takes others', () => {
    expect(checkRange(5, 10)).toEqual({ fromMs: 5, toMs: 10 });
  });
});

describe(zoom, () => {
  it('keeps the moment it is about where it is', () => {
    expect(zoom({ fromMs: 0, toMs: 1_000_000 }, 0.5, 250_000)).toEqual({ fromMs: 125_000, toMs: 625_000 });
    expect(zoom({ fromMs: 0, toMs: 1_000_000 }, 2)).toEqual({ fromMs: -500_000, toMs: 1_500_000 });
  });

  it('ends at a few seconds', () => {
    const { fromMs, toMs } = zoom({ fromMs: 0, toMs: 10_000 }, 0.001);
    expect(toMs - fromMs).toBe(10_000);
  });
});

it('shift moves by a share of the length', () => {
  expect(shift({ fromMs: 0, toMs: 100 }, -0.5)).toEqual({ fromMs: -50, toMs: 50 });
});
