import type { DeviceId } from './ids.js';

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
