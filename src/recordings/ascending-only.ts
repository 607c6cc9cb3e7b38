import { AXIS_COUNT } from '../domain/sensor.js';
import type { SensorColumns } from './sensor-csv.js';

/** Leaves out samples that are not after a time, and all but the first of one time. */
export function ascendingOnly({ timesMs, values }: SensorColumns, afterMs: number): SensorColumns {
  if (isAscending(timesMs, afterMs)) return { timesMs, values };
  let lastMs = afterMs;
  const kept: number[] = [];
  timesMs.forEach((timeMs, index) => {
    if (timeMs <= lastMs) return;
    kept.push(index);
    lastMs = timeMs;
  });
  const rows = new Float32Array(kept.length * AXIS_COUNT);
  kept.forEach((index, row) => {
    rows.set(values.subarray(index * AXIS_COUNT, (index + 1) * AXIS_COUNT), row * AXIS_COUNT);
  });
  return { timesMs: Float64Array.from(kept, (index) => timesMs[index] ?? Number.NaN), values: rows };
}

/** Found out without any copy: most files of millions of samples are. */
function isAscending(timesMs: Float64Array, afterMs: number): boolean {
  let lastMs = afterMs;
  return timesMs.every((timeMs) => {
    const isLater = timeMs > lastMs;
    lastMs = timeMs;
    return isLater;
  });
}
