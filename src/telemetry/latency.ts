import type { Histogram } from 'prom-client';
import { type CumulativeBuckets, histogramQuantile } from '../gateway/histogram-quantile.js';

const MS_PER_SECOND = 1000;

/** What a histogram without labels has counted so far. */
export async function bucketsOf(histogram: Histogram): Promise<CumulativeBuckets> {
  const { values } = await histogram.get();
  return values.flatMap(({ metricName, labels, value }) =>
    metricName?.endsWith('_bucket') === true ? [{ upTo: boundOf(labels['le']), count: value }] : [],
  );
}

/** The last bound is written `+Inf`, as Prometheus wants it. */
function boundOf(le: string | number | undefined): number {
  return le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
}

/**
 * A quantile of durations that were counted in seconds, milliseconds, as exact as the buckets are narrow.
 *
 * @param quantile 0..1
 * @returns `undefined` where nothing was counted
 */
export function quantileMs(buckets: CumulativeBuckets, quantile: number): number | undefined {
  const seconds = histogramQuantile(buckets, quantile);
  return seconds === undefined ? undefined : seconds * MS_PER_SECOND;
}
