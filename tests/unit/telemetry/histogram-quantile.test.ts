import { describe, expect, it } from 'vitest';
import { countedSince, histogramQuantile } from '../../../src/telemetry/latency.js';

const BUCKETS = [
  { upTo: 0.1, count: 10 },
  { upTo: 0.2, count: 30 },
  { upTo: Number.POSITIVE_INFINITY, count: 40 },
];

describe(histogramQuantile, () => {
  it.each([
    [0.25, 0.1],
    [0.125, 0.05],
    [0.5, 0.15],
    [0.75, 0.2],
    [0.99, 0.2],
  ])('%d is at %d', (quantile, expected) => {
    expect(histogramQuantile(BUCKETS, quantile)).toBeCloseTo(expected, 9);
  });

  it('is not known of nothing', () => {
    expect(histogramQuantile([], 0.5)).toBeUndefined();
    expect(histogramQuantile(countedSince(BUCKETS, BUCKETS), 0.5)).toBeUndefined();
  });
});

describe(countedSince, () => {
  it('is what came between two looks, all of it at the first', () => {
    const later = BUCKETS.map(({ upTo, count }) => ({ upTo, count: count + 5 }));
    expect(countedSince(BUCKETS, later).map(({ count }) => count)).toEqual([5, 5, 5]);
    expect(countedSince([], BUCKETS)).toEqual(BUCKETS);
  });
});
