import type { Histogram } from 'prom-client';

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

/** How many values lay at or below each upper bound; ascending, the last bound may be `Infinity`. */
export type CumulativeBuckets = readonly { readonly upTo: number; readonly count: number }[];

/**
 * Estimates a quantile as Prometheus' `histogram_quantile` does: linear within the bucket it falls into.
 *
 * @param quantile 0..1
 * @returns `undefined` where there is no value
 */
export function histogramQuantile(buckets: CumulativeBuckets, quantile: number): number | undefined {
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return undefined;
  const rank = quantile * total;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const { upTo = 0, count = 0 } = buckets[index] ?? {};
  const { upTo: from = 0, count: before = 0 } = buckets[index - 1] ?? {};
  if (upTo === Number.POSITIVE_INFINITY) return from;
  return from + (upTo - from) * (count === before ? 1 : (rank - before) / (count - before));
}

/** What was counted between two looks. */
export function countedSince(before: CumulativeBuckets, now: CumulativeBuckets): CumulativeBuckets {
  const known = new Map(before.map(({ upTo, count }) => [upTo, count]));
  return now.map(({ upTo, count }) => ({ upTo, count: count - (known.get(upTo) ?? 0) }));
}
