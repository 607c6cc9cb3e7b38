import type { DeviceId } from '../domain/ids.js';

/** What became of a sample that was to be recorded; exactly one of these. */
export const RECORDED_FATES = ['written', 'late', 'invalid', 'refused', 'failed'] as const;
/**
 * - `written`: it is in a file
 * - `late`: a sample of its time, or a later one of its sensor, was in the file already
 * - `invalid`: not a finite number, or a second accelerometer of another unit
 * - `refused`: the recordings had reached their largest size
 * - `failed`: it could not be written, and too many waited
 */
export type RecordedFate = (typeof RECORDED_FATES)[number];

/** What a recorder reports; none of these may throw. */
export interface RecorderHooks {
  onSamples(fate: RecordedFate, count: number): void;
  /** A label was kept, or there was no recording it belongs to, or it could not be written. */
  onLabel(outcome: 'kept' | 'not-recorded' | 'failed'): void;
  onBegun(device: DeviceId, id: string): void;
  onEnded(device: DeviceId, id: string): void;
  /** Something could not be written; it is tried again. */
  onFailed(error: unknown): void;
  /** The recordings have reached their largest size: nothing more is written until some are removed. */
  onFull(bytes: number): void;
}
