import type { ActivitySeries } from './activity-series.js';

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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Grid on which two series are compared, milliseconds. */
const STEP_MS = 5;

/** Where two series are most alike. */
interface Lag {
  /** How much later the second series shows what the first one does, milliseconds. */
  readonly lagMs: number;
  /** Correlation there, -1..1. */
  readonly correlation: number;
}

/**
 * Finds the lag of one series behind another within `[fromMs, toMs)` by cross-correlation, to a fraction of the grid by the
 * parabola through the peak and its neighbours.
 *
 * @param largestLagMs lags up to this are tried in both directions
 * @returns `undefined` where one of them has no samples, or does not move, or the best lag is the largest one tried
 */
function lagBetween(
  first: ActivitySeries,
  second: ActivitySeries,
  fromMs: number,
  toMs: number,
  largestLagMs: number,
): Lag | undefined {
  const reach = Math.round(largestLagMs / STEP_MS);
  const a = standardised(onGrid(first, fromMs, toMs));
  const b = onGrid(second, fromMs - reach * STEP_MS, toMs + reach * STEP_MS);
  if (a === undefined || b === undefined) return undefined;
  const scores = Array.from({ length: 2 * reach + 1 }, (_, shift) => {
    const part = standardised(b.subarray(shift, shift + a.length));
    return part === undefined ? Number.NEGATIVE_INFINITY : dot(a, part) / a.length;
  });
  const best = scores.reduce((top, score, index) => (score > (scores[top] ?? 0) ? index : top), 0);
  if (best === 0 || best === 2 * reach) return undefined;
  const [left = 0, peak = 0, right = 0] = scores.slice(best - 1, best + 2);
  const bend = left - 2 * peak + right;
  const offset = bend < 0 ? (left - right) / (2 * bend) : 0;
  return { lagMs: (best - reach + offset) * STEP_MS, correlation: peak };
}

/** Linear between samples; `undefined` where the range is not covered. */
function onGrid({ timesMs, values }: ActivitySeries, fromMs: number, toMs: number): Float64Array | undefined {
  if (!((timesMs[0] ?? Number.NaN) <= fromMs && (timesMs.at(-1) ?? Number.NaN) >= toMs)) return undefined;
  const grid = new Float64Array(Math.floor((toMs - fromMs) / STEP_MS));
  let index = firstAfter(timesMs, fromMs);
  for (let at = 0; at < grid.length; at++) {
    const timeMs = fromMs + at * STEP_MS;
    while (index < timesMs.length - 1 && (timesMs[index] ?? 0) <= timeMs) index += 1;
    const [from = 0, to = 0] = [timesMs[index - 1], timesMs[index]];
    const share = to > from ? (timeMs - from) / (to - from) : 0;
    grid[at] = (values[index - 1] ?? 0) * (1 - share) + (values[index] ?? 0) * share;
  }
  return grid;
}

function firstAfter(timesMs: Float64Array, timeMs: number): number {
  let low = 1;
  let high = timesMs.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesMs[middle] ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Mean 0, standard deviation 1; `undefined` for a series that does not move. */
function standardised(values: Float64Array | undefined): Float64Array | undefined {
  if (values === undefined || values.length === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  if (!(variance > 0)) return undefined;
  const deviation = Math.sqrt(variance);
  return values.map((value) => (value - mean) / deviation);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}
