import type { SampleWindow } from '../../domain/window.js';
import type { SequenceManifest } from './manifest.js';

/** Cut-off of the low-pass that separates gravity from movement, as in Android's documentation of TYPE_GRAVITY. */
const GRAVITY_CUTOFF_HZ = 0.3;

type Preparation = Pick<SequenceManifest, 'channels' | 'samplingRateHz' | 'centre' | 'knee' | 'mean' | 'std'>;

/**
 * Writes a window into a batch as the model wants it: gravity removed where the window says so, centred, compressed,
 * scaled to z-scores, and 0 (the mean) where a sample is missing. Pure: depends on nothing but the window, so that a window gives
 * the same input in training, live and after a restart.
 *
 * @param target receives `sizeSamples * channels` values from `offset` on
 */
export function prepareInput(
  window: Pick<SampleWindow, 'values' | 'gravityToRemove'>,
  preparation: Preparation,
  target: Float32Array,
  offset: number,
): void {
  target.set(window.values, offset);
  const view = target.subarray(offset, offset + window.values.length);
  const { channels } = preparation;
  channels.forEach((channel, index) => {
    if (window.gravityToRemove !== undefined && channel.startsWith('accelerometer.')) {
      removeGravity(view, index, channels.length, window.gravityToRemove, preparation.samplingRateHz);
    }
    const centre = preparation.centre === 'window' ? meanOf(view, index, channels.length) : 0;
    const mean = preparation.mean[index] ?? 0;
    const std = preparation.std[index] ?? 1;
    const knee = preparation.knee?.[index];
    if (knee === undefined) {
      scale(view, index, channels.length, centre + mean, std);
      return;
    }
    compress(view, index, channels.length, centre, knee);
    scale(view, index, channels.length, mean, std);
  });
}

/** Subtracts a zero-phase exponential low-pass (forward, then backward) from the marked rows of one column. */
function removeGravity(
  values: Float32Array,
  column: number,
  width: number,
  marked: Uint8Array,
  samplingRateHz: number,
): void {
  const rows = marked.length;
  const smoothing = 1 - Math.exp((-2 * Math.PI * GRAVITY_CUTOFF_HZ) / samplingRateHz);
  const forward = new Float64Array(rows);
  const isUsed = (row: number): boolean =>
    marked[row] === 1 && !Number.isNaN(values[row * width + column] ?? Number.NaN);
  let mean = 0;
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (isUsed(row)) {
      mean += values[row * width + column] ?? 0;
      count += 1;
    }
  }
  if (count === 0) return;
  let state = mean / count;
  for (let row = 0; row < rows; row++) {
    if (isUsed(row)) state += smoothing * ((values[row * width + column] ?? 0) - state);
    forward[row] = state;
  }
  for (let row = rows - 1; row >= 0; row--) {
    state += smoothing * ((forward[row] ?? 0) - state);
    if (marked[row] === 1) values[row * width + column] = (values[row * width + column] ?? 0) - state;
  }
}

function meanOf(values: Float32Array, column: number, width: number): number {
  let sum = 0;
  let count = 0;
  for (let at = column; at < values.length; at += width) {
    const value = values[at] ?? Number.NaN;
    if (!Number.isNaN(value)) {
      sum += value;
      count += 1;
    }
  }
  return count === 0 ? 0 : sum / count;
}

/** Linear below the knee, logarithmic above it, so that breathing and running both leave a mark. */
function compress(values: Float32Array, column: number, width: number, centre: number, knee: number): void {
  for (let at = column; at < values.length; at += width) {
    values[at] = Math.asinh(((values[at] ?? Number.NaN) - centre) / knee);
  }
}

function scale(values: Float32Array, column: number, width: number, mean: number, std: number): void {
  for (let at = column; at < values.length; at += width) {
    const value = values[at] ?? Number.NaN;
    values[at] = Number.isNaN(value) ? 0 : (value - mean) / std;
  }
}
