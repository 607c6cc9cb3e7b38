import type { RecordedSensor } from '../../domain/recording.js';
import { AXIS_COUNT } from '../../domain/samples.js';

/** Time over which change is measured: sensors are read in bursts of some milliseconds. */
const LAG_MS = 25;

/** How much a sensor changed over time: what sensors of one body have in common, whatever they measure. */
export interface ActivitySeries {
  /** Ascending, milliseconds. */
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

/**
 * A sensor's activity: for a gyroscope the magnitude of its rotation, for others the magnitude of their rate of change.
 * When a body turns at ω, gravity and the magnetic field turn in its sensors at |ω × v|, so the three move together.
 */
export function activitySeries({ kind, samples }: Pick<RecordedSensor, 'kind' | 'samples'>): ActivitySeries {
  return kind === 'gyroscope' ? magnitudes(samples) : ratesOfChange(samples);
}

function magnitudes({ timesMs, values }: RecordedSensor['samples']): ActivitySeries {
  return { timesMs, values: Float64Array.from(timesMs, (_, row) => lengthAt(values, row)) };
}

/** Between each sample and the last one at least `LAG_MS` before it, in the middle of the two: bursts of stamps lie too close. */
function ratesOfChange({ timesMs, values }: RecordedSensor['samples']): ActivitySeries {
  const times: number[] = [];
  const rates: number[] = [];
  let before = 0;
  for (let row = 1; row < timesMs.length; row++) {
    const to = timesMs[row] ?? 0;
    while (to - (timesMs[before + 1] ?? Number.POSITIVE_INFINITY) >= LAG_MS) before += 1;
    const from = timesMs[before] ?? 0;
    const timeMs = (from + to) / 2;
    if (to - from < LAG_MS || timeMs <= (times.at(-1) ?? Number.NEGATIVE_INFINITY)) continue;
    times.push(timeMs);
    rates.push(distance(values, before, row) / (to - from));
  }
  return { timesMs: Float64Array.from(times), values: Float64Array.from(rates) };
}

function lengthAt(values: Float32Array, row: number): number {
  const at = row * AXIS_COUNT;
  return Math.hypot(values[at] ?? 0, values[at + 1] ?? 0, values[at + 2] ?? 0);
}

function distance(values: Float32Array, a: number, b: number): number {
  const [i, j] = [a * AXIS_COUNT, b * AXIS_COUNT];
  return Math.hypot(
    (values[i] ?? 0) - (values[j] ?? 0),
    (values[i + 1] ?? 0) - (values[j + 1] ?? 0),
    (values[i + 2] ?? 0) - (values[j + 2] ?? 0),
  );
}
