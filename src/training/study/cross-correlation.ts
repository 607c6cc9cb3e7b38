import type { ActivitySeries } from './activity-series.js';

/** Grid on which two series are compared, milliseconds. */
const STEP_MS = 5;

/** Where two series are most alike. */
export interface Lag {
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
export function lagBetween(
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
