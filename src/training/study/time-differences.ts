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

export interface Grid {
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
