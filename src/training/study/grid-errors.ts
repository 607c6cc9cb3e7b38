import type { RecordedSensor } from '../../domain/recording.js';
import { AXIS_COUNT } from '../../domain/samples.js';
import type { Interpolation } from '../../domain/window.js';

/** Distances in time between rows of a grid and the samples that their values come from. */
export interface TimeDifferences {
  readonly rows: number;
  /** Rows without a sample within the tolerance. */
  readonly missing: number;
  readonly meanMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

interface Grid {
  readonly fromMs: number;
  readonly toMs: number;
  readonly periodMs: number;
  /** Samples further away than this are not used, milliseconds. */
  readonly toleranceMs: number;
}

/**
 * Puts a sensor on a grid by its stamps, and measures how far the samples taken really lie from the rows.
 *
 * @param stampsMs by which samples are chosen, ascending
 * @param trueMs when they were really taken, as far as is known; the same length
 */
export function timeDifferences(
  method: Interpolation,
  stampsMs: Float64Array,
  trueMs: Float64Array,
  grid: Grid,
): TimeDifferences {
  const found: number[] = [];
  let missing = 0;
  let before = 0;
  for (let rowMs = grid.fromMs; rowMs < grid.toMs; rowMs += grid.periodMs) {
    while (before + 1 < stampsMs.length && (stampsMs[before + 1] ?? 0) <= rowMs) before += 1;
    const taken = samplesFor(method, stampsMs, before, rowMs).filter(
      ({ index }) => Math.abs((stampsMs[index] ?? Number.NaN) - rowMs) <= grid.toleranceMs,
    );
    const weight = taken.reduce((sum, { share }) => sum + share, 0);
    if (weight === 0) missing += 1;
    else {
      const distance = taken.reduce(
        (sum, { index, share }) => sum + share * Math.abs((trueMs[index] ?? Number.NaN) - rowMs),
        0,
      );
      found.push(distance / weight);
    }
  }
  return summary(found, missing);
}

interface Share {
  readonly index: number;
  readonly share: number;
}

/** @param before the last sample at or before the row, or the first one */
function samplesFor(method: Interpolation, stampsMs: Float64Array, before: number, rowMs: number): Share[] {
  const [from = 0, to = Number.POSITIVE_INFINITY] = [stampsMs[before], stampsMs[before + 1]];
  if (method === 'previous') return from <= rowMs ? [{ index: before, share: 1 }] : [];
  const isNextNearer = Math.abs(to - rowMs) < Math.abs(from - rowMs);
  if (method === 'nearest') return [{ index: isNextNearer ? before + 1 : before, share: 1 }];
  const share = from <= rowMs && to > from ? (rowMs - from) / (to - from) : 0;
  return [
    { index: before, share: 1 - share },
    { index: before + 1, share },
  ].filter((each) => each.share > 0);
}

function summary(found: readonly number[], missing: number): TimeDifferences {
  const sorted = [...found].sort((a, b) => a - b);
  return {
    rows: found.length + missing,
    missing,
    meanMs: found.reduce((sum, value) => sum + value, 0) / found.length,
    p95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN,
    maxMs: sorted.at(-1) ?? Number.NaN,
  };
}

/**
 * How well an interpolation tells a sensor's values between its samples: every other sample is left out and told from its
 * neighbours. Root mean square of the error over all axes, in standard deviations of the axis. The gaps are twice as wide as
 * those of the recording, so it is an upper bound.
 */
export function reconstructionError(
  method: Interpolation,
  { timesMs, values }: RecordedSensor['samples'],
): number {
  let sum = 0;
  let axes = 0;
  for (let axis = 0; axis < AXIS_COUNT; axis++) {
    const variance = varianceOf(values, axis);
    if (!(variance > 0)) continue;
    sum += squaredError(method, timesMs, values, axis) / variance;
    axes += 1;
  }
  return axes === 0 ? 0 : Math.sqrt(sum / axes);
}

function squaredError(
  method: Interpolation,
  timesMs: Float64Array,
  values: Float32Array,
  axis: number,
): number {
  let sum = 0;
  let count = 0;
  for (let row = 1; row + 1 < timesMs.length; row += 2) {
    const [from = 0, at = 0, to = 0] = timesMs.subarray(row - 1, row + 2);
    if (to <= from) continue;
    const share = shareOfNext(method, (at - from) / (to - from));
    const told = valueAt(values, row - 1, axis) * (1 - share) + valueAt(values, row + 1, axis) * share;
    sum += (told - valueAt(values, row, axis)) ** 2;
    count += 1;
  }
  return count === 0 ? 0 : sum / count;
}

function shareOfNext(method: Interpolation, position: number): number {
  if (method === 'previous') return 0;
  return method === 'linear' ? position : Number(position > 0.5);
}

function varianceOf(values: Float32Array, axis: number): number {
  let sum = 0;
  let squares = 0;
  const count = values.length / AXIS_COUNT;
  for (let at = axis; at < values.length; at += AXIS_COUNT) {
    sum += values[at] ?? 0;
    squares += (values[at] ?? 0) ** 2;
  }
  return squares / count - (sum / count) ** 2;
}

function valueAt(values: Float32Array, row: number, axis: number): number {
  return values[row * AXIS_COUNT + axis] ?? Number.NaN;
}
