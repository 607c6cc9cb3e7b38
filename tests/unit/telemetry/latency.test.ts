import { Histogram } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { bucketsOf, quantileMs } from '../../../src/telemetry/latency.js';

function makeHistogram(): Histogram {
  return new Histogram({ name: 'latency', help: 'seconds', buckets: [0.1, 0.2, 1], registers: [] });
}

describe('latency', () => {
  it('is read from what a histogram has counted', async () => {
    const histogram = makeHistogram();
    for (const seconds of [0.05, 0.15, 0.15, 3]) histogram.observe(seconds);
    expect(await bucketsOf(histogram)).toEqual([
      { upTo: 0.1, count: 1 },
      { upTo: 0.2, count: 3 },
      { upTo: 1, count: 3 },
      { upTo: Number.POSITIVE_INFINITY, count: 4 },
    ]);
  });

  it('has quantiles in milliseconds', async () => {
    const histogram = makeHistogram();
    for (const seconds of [0.05, 0.15]) histogram.observe(seconds);
    const buckets = await bucketsOf(histogram);
    expect(quantileMs(buckets, 0.5)).toBeCloseTo(100);
    expect(quantileMs(buckets, 1)).toBeCloseTo(200);
  });

  it('is the largest bound where values lie beyond', async () => {
    const histogram = makeHistogram();
    histogram.observe(30);
    expect(quantileMs(await bucketsOf(histogram), 0.99)).toBe(1000);
  });

  it('has none while nothing was counted', async () => {
    expect(quantileMs(await bucketsOf(makeHistogram()), 0.99)).toBeUndefined();
  });
});
