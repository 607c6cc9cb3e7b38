import type { RecordedSensor } from '../../domain/recording.js';
import { AXIS_COUNT } from '../../domain/samples.js';
import type { Interpolation } from '../../domain/window.js';

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
