import type { SkipReason } from './window.js';

/** Why a whole message was refused; `internal` is a fault of the gateway's own, the log has its stack. */
export const MESSAGE_REJECT_REASONS = [
  'not-json',
  'wrong-shape',
  'wrong-topic',
  'bad-device',
  'unknown-format',
  'too-large',
  'too-fast',
  'too-many-devices',
  'retained',
  'internal',
] as const;
export type MessageRejectReason = (typeof MESSAGE_REJECT_REASONS)[number];

/**
 * What became of each sample of an accepted message; exactly one of these.
 *
 * - `used`: went into the synchroniser
 * - `late`: its rows were closed already
 * - `future`: further ahead of the gateway's clock than allowed
 * - `past`: before the earliest time allowed (a clock that was never set)
 * - `duplicate`: the same sensor already has a sample of that time, or the whole message came twice
 * - `invalid`: not a finite number
 * - `too-fast`: beyond the rate a device may send
 * - `overflow`: the device's buffer was full
 */
export const SAMPLE_FATES = [
  'used',
  'late',
  'future',
  'past',
  'duplicate',
  'invalid',
  'too-fast',
  'overflow',
] as const;
export type SampleFate = (typeof SAMPLE_FATES)[number];

/**
 * Why a frame of a device got no labels.
 *
 * - `format`, `damaged`, `too-small`, `too-large`: see `ImageRefusal`
 * - `past`, `future`: as with samples
 * - `too-fast`: beyond the rate a device may send
 * - `queue-full`: too many pictures were in work
 * - `no-model`: no image model is active
 * - `model-failed`: the model could not be run on it
 * - `forgotten`: somebody had its device forgotten meanwhile
 */
export const FRAME_REJECT_REASONS = [
  'format',
  'damaged',
  'too-small',
  'too-large',
  'past',
  'future',
  'too-fast',
  'queue-full',
  'no-model',
  'no-person',
  'model-failed',
  'forgotten',
] as const;
export type FrameRejectReason = (typeof FRAME_REJECT_REASONS)[number];

/**
 * Why a window that had a result is not in the store.
 *
 * - `store-refused`: the store will never take it, or too many waited already
 * - `outbox-expired`: it waited on the disk until a limit was reached, or the disk did not give it back
 */
export const RESULT_LOSSES = ['store-refused', 'outbox-expired'] as const;
export type ResultLoss = (typeof RESULT_LOSSES)[number];

/** The counts that must balance; answer of `GET /v1/ledger`. */
export interface LedgerSnapshot {
  readonly balanced: boolean;
  readonly messages: {
    readonly received: number;
    readonly accepted: number;
    readonly rejected: Readonly<Partial<Record<MessageRejectReason, number>>>;
  };
  readonly samples: Readonly<{ accepted: number } & Record<SampleFate, number>>;
  readonly windows: {
    readonly due: number;
    readonly stored: number;
    readonly skipped: Readonly<Partial<Record<SkipReason | ResultLoss, number>>>;
    readonly pending: number;
  };
  /** Pictures of devices' cameras. */
  readonly frames: {
    readonly received: number;
    readonly classified: number;
    readonly rejected: Readonly<Partial<Record<FrameRejectReason, number>>>;
    readonly pending: number;
  };
  /** Sensor names that no model uses, by name; counted, never an error. */
  readonly ignoredSensors: Readonly<Record<string, number>>;
}

/**
 * What became of a sample that was to be recorded; exactly one of these.
 *
 * - `written`: it is in a file
 * - `late`: a sample of its time, or a later one of its sensor, was in the file already
 * - `invalid`: not a finite number, or a second accelerometer of another unit
 * - `refused`: the recordings had reached their largest size
 * - `failed`: it could not be written, and too many waited
 */
export type RecordedFate = 'written' | 'late' | 'invalid' | 'refused' | 'failed';
