import { describe, expect, it } from 'vitest';
import {
  checkRange,
  parseRangeQuery,
  rangeQuery,
  redrawnAt,
  shift,
  zoom,
} from '../../../src/web/core/range.js';

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

describe('a range in an address', () => {
  it.each([
    [{ kind: 'last', lengthMs: 6 * 3_600_000 }, 'range=6h'],
    [
      { kind: 'fixed', fromMs: 1_790_000_000_000, toMs: 1_790_000_060_000 },
      'from=2026-09-21T14:13:20.000Z&to=2026-09-21T14:14:20.000Z',
    ],
  ] as const)('%o is %s', (choice, query) => {
    expect(rangeQuery(choice)).toBe(query);
    expect(parseRangeQuery(query)).toEqual(choice);
  });

  it.each([
    '',
    'range=',
    'range=99y',
    'from=yesterday&to=today',
    'from=2026-02-01&to=2026-01-01',
    'to=2026-01-01',
  ])('is none in "%s"', (query) => {
    expect(parseRangeQuery(query)).toBeUndefined();
  });
});

it('pictures of long times are drawn again seldom', () => {
  expect(redrawnAt(12_345, 900_000)).toBe(12_000);
  expect(redrawnAt(700_000_000, 7 * 86_400_000) % 604_800).toBe(0);
});
