import type { SensorKind } from '../../domain/samples.js';
import type { Interpolation } from '../../domain/window.js';
import type { SampleBuffer } from './sample-buffer.js';

/** A stream's samples and the one that the row made last was given. */
export interface StreamCursor {
  readonly stream: SensorKind;
  buffer: SampleBuffer | undefined;
  index: number;
  /** Weight of the sample after it in the row's value, 0..1. */
  nextShare: number;
}

/** How a row finds its samples. */
export interface Placing {
  readonly interpolation: Interpolation;
  /** Largest |Δt| between a row and a sample of it, milliseconds. */
  readonly toleranceMs: number;
}

export function newCursor(stream: SensorKind): StreamCursor {
  return { stream, buffer: undefined, index: 0, nextShare: 0 };
}

/**
 * Sets a cursor to the sample, or to the first of the two samples, that a row gets its value from.
 *
 * @returns false where there is none that the interpolation may use
 */
export function placeCursor(
  cursor: StreamCursor,
  buffer: SampleBuffer,
  rowMs: number,
  { interpolation, toleranceMs }: Placing,
): boolean {
  cursor.nextShare = 0;
  if (interpolation === 'nearest') {
    cursor.index = buffer.nearest(rowMs, cursor.index);
    return true;
  }
  cursor.index = buffer.lastNotAfter(rowMs, cursor.index);
  const fromMs = buffer.timeAt(cursor.index);
  if (interpolation === 'previous') return fromMs <= rowMs;
  const toMs = cursor.index + 1 < buffer.size ? buffer.timeAt(cursor.index + 1) : Number.POSITIVE_INFINITY;
  const isBetween = rowMs > fromMs && Math.max(rowMs - fromMs, toMs - rowMs) <= toleranceMs;
  if (isBetween) cursor.nextShare = (rowMs - fromMs) / (toMs - fromMs);
  else if (toMs - rowMs < Math.abs(rowMs - fromMs)) cursor.index += 1;
  return true;
}

/** Sum over streams of an axis, as the cursors are placed. */
export function sumAt(cursors: readonly StreamCursor[], axis: number): number {
  let sum = 0;
  for (const { buffer, index, nextShare } of cursors) {
    const value = buffer?.valueAt(index, axis) ?? Number.NaN;
    sum +=
      nextShare === 0
        ? value
        : value * (1 - nextShare) + (buffer?.valueAt(index + 1, axis) ?? Number.NaN) * nextShare;
  }
  return sum;
}
