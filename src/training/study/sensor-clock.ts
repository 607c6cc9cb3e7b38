import type { ActivitySeries } from './activity-series.js';
import { lagBetween } from './cross-correlation.js';

/** Stretches that are compared one by one, so that drift shows. */
const SEGMENT_MS = 20_000;
/** Sensors of one phone are closer than this; steps, which come twice a second, look alike again beyond it. */
const LARGEST_LAG_MS = 100;
/** Stretches in which two sensors are less alike tell nothing of their clocks. */
const MIN_CORRELATION = 0.4;
const MIN_SEGMENTS = 3;
/** An estimate from which the single stretches lie further away is none, milliseconds. */
const MAX_SPREAD_MS = 10;
/** Fewer, or a shorter time, do not tell drift from noise. */
const MIN_DRIFT_SEGMENTS = 8;
const MIN_DRIFT_SPAN_MS = 180_000;

/** How a sensor's time stamps lie beside those of a reference sensor. */
export interface SensorClock {
  /** Stamps minus the reference's stamps for the same movement, at `atMs`, milliseconds. */
  readonly offsetMs: number;
  /** Parts per million; 0 where it cannot be told. */
  readonly driftPpm: number;
  /** Middle of the time over which it was estimated, milliseconds. */
  readonly atMs: number;
  /** Median distance of the single stretches from the estimate, milliseconds. */
  readonly spreadMs: number;
  /** Median correlation of the stretches used. */
  readonly correlation: number;
  readonly usedSegments: number;
  readonly segments: number;
}

interface Point {
  readonly timeMs: number;
  readonly lagMs: number;
  readonly correlation: number;
}

/**
 * Estimates a sensor's offset and drift against a reference by cross-correlation, stretch by stretch, and a line through the
 * stretches that no outlier moves (Theil 1950, Sen 1968).
 *
 * @returns `undefined` where too few stretches are alike enough, or they contradict each other
 */
export function estimateClock(reference: ActivitySeries, other: ActivitySeries): SensorClock | undefined {
  const { points, segments } = lags(reference, other);
  if (points.length < MIN_SEGMENTS) return undefined;
  const times = points.map(({ timeMs }) => timeMs);
  const [firstMs = 0, lastMs = 0] = [times[0], times.at(-1)];
  const atMs = (firstMs + lastMs) / 2;
  const isLong = points.length >= MIN_DRIFT_SEGMENTS && lastMs - firstMs >= MIN_DRIFT_SPAN_MS;
  const slope = isLong ? medianSlope(points) : 0;
  const offsetMs = median(points.map(({ timeMs, lagMs }) => lagMs - slope * (timeMs - atMs)));
  const rests = points.map(({ timeMs, lagMs }) => Math.abs(lagMs - offsetMs - slope * (timeMs - atMs)));
  const spreadMs = median(rests);
  if (spreadMs > MAX_SPREAD_MS) return undefined;
  return {
    offsetMs,
    driftPpm: slope * 1e6,
    atMs,
    spreadMs,
    correlation: median(points.map((point) => point.correlation)),
    usedSegments: points.length,
    segments,
  };
}

/** Times of a sensor on the reference's clock. */
export function corrected(timesMs: Float64Array, clock: SensorClock | undefined): Float64Array {
  if (clock === undefined) return timesMs;
  const { offsetMs, driftPpm, atMs } = clock;
  return timesMs.map((timeMs) => timeMs - offsetMs - (driftPpm / 1e6) * (timeMs - atMs));
}

function lags(reference: ActivitySeries, other: ActivitySeries): { points: Point[]; segments: number } {
  const beginMs = Math.max(reference.timesMs[0] ?? 0, (other.timesMs[0] ?? 0) + LARGEST_LAG_MS);
  const endMs = Math.min(reference.timesMs.at(-1) ?? 0, (other.timesMs.at(-1) ?? 0) - LARGEST_LAG_MS);
  const points: Point[] = [];
  let segments = 0;
  for (let fromMs = beginMs; fromMs + SEGMENT_MS <= endMs; fromMs += SEGMENT_MS) {
    segments += 1;
    const lag = lagBetween(reference, other, fromMs, fromMs + SEGMENT_MS, LARGEST_LAG_MS);
    if (lag === undefined || lag.correlation < MIN_CORRELATION) continue;
    points.push({ timeMs: fromMs + SEGMENT_MS / 2, ...lag });
  }
  return { points, segments };
}

function medianSlope(points: readonly Point[]): number {
  const slopes = points.flatMap((a, index) =>
    points.slice(index + 1).map((b) => (b.lagMs - a.lagMs) / (b.timeMs - a.timeMs)),
  );
  return median(slopes);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
