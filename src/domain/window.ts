import type { DeviceId } from './ids.js';

/** Windows that are due and were not made, since too few samples lie in them for any model to be asked. */
export interface LeftOutWindows {
  readonly count: number;
  /** First row of the last of them. */
  readonly lastStartRow: number;
}

/**
 * Consecutive rows of a device on a model's common time grid.
 *
 * Row `k` lies at `k * 1000 / samplingRateHz` epoch milliseconds, so rows of all devices share one grid.
 */
export interface AlignedFrames {
  readonly device: DeviceId;
  readonly model: string;
  /** Grid index of the first row. */
  readonly firstRow: number;
  readonly rowCount: number;
  /** `rowCount * channels` values, row by row; NaN where no sample lay within the tolerance. */
  readonly values: Float32Array;
  /** Sum over the sensors present of |Δt| between row and sample, milliseconds, one a row. */
  readonly deltaSumMs: Float32Array;
  /** Largest |Δt| over the sensors present, milliseconds, one a row. */
  readonly deltaMaxMs: Float32Array;
  /** Number of sensors with a sample within the tolerance, one a row. */
  readonly presentSensors: Uint8Array;
  /** 1 where the accelerometer's values hold gravity that the model wants removed, one a row. */
  readonly gravityToRemove: Uint8Array;
  /** Windows that lie before these rows and after those before them. */
  readonly leftOut?: LeftOutWindows | undefined;
  /** An earlier run has made them too, and goes on from there. */
  readonly isAgain?: true;
}

/** A model's input, cut from the common grid. Half open: `[startMs, endMs)`. */
export interface SampleWindow {
  readonly device: DeviceId;
  readonly model: string;
  /** Epoch milliseconds of the first row, a whole number of strides; at most 3 decimals. */
  readonly startMs: number;
  /** Epoch milliseconds one sampling period after the last row; at most 3 decimals. */
  readonly endMs: number;
  /** `sizeSamples * channels` values in the model's units, oldest row first; NaN where missing. */
  readonly values: Float32Array;
  /** 1 for each row whose accelerometer holds gravity that the model wants removed; `undefined` if there is none. */
  readonly gravityToRemove: Uint8Array | undefined;
  /** Share of rows × sensors that have a sample, 0..1. */
  readonly coverage: number;
  /** Mean |Δt| between row and nearest sample over the cells present, milliseconds. */
  readonly meanDeltaMs: number;
  /** Largest |Δt| over the cells present, milliseconds. */
  readonly maxDeltaMs: number;
  /** An earlier run has made it too. */
  readonly isAgain?: true;
}

/**
 * How a row of the common grid gets its values from a sensor's samples.
 *
 * - `nearest`: from the sample nearest to it, the earlier one at ties
 * - `previous`: from the last sample at or before it
 * - `linear`: from the samples on both sides, the nearer one counting more
 */
export const INTERPOLATIONS = ['nearest', 'previous', 'linear'] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

/**
 * Why a due window was not stored.
 *
 * - `placement`: its device is worn where the model is not made for
 * - `low-coverage`: too many rows had no sample
 * - `queue-full`: inference could not keep up and its queue had reached the hard limit
 * - `model-failed`: the model could not be run on it
 * - `forgotten`: somebody had its device forgotten before it was stored
 * - `internal`: a fault of the gateway's own; the log has its stack
 */
export const SKIP_REASONS = [
  'placement',
  'low-coverage',
  'queue-full',
  'model-failed',
  'forgotten',
  'internal',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** What a sequence model said about one window. */
export interface Prediction {
  readonly device: DeviceId;
  readonly model: string;
  readonly modelVersion: string;
  /** Epoch milliseconds; the window is `[startMs, endMs)`. */
  readonly startMs: number;
  readonly endMs: number;
  readonly coverage: number;
  readonly meanDeltaMs: number;
  readonly maxDeltaMs: number;
  /** Probability of each class of each target, in the manifest's order of classes. */
  readonly probabilities: Readonly<Record<string, readonly number[]>>;
  /** An earlier run has made its window too. */
  readonly isAgain?: true;
}

/** A due window that got no prediction, and why. */
export interface SkippedWindow {
  readonly device: DeviceId;
  readonly model: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly coverage: number;
  readonly skipped: SkipReason;
}

export type WindowOutcome = Prediction | SkippedWindow;

export function isSkipped(outcome: WindowOutcome): outcome is SkippedWindow {
  return 'skipped' in outcome;
}
