import type { DeviceId } from './ids.js';

/** The wire formats a message can be in. */
export const MESSAGE_FORMATS = [
  'alongside',
  'sensor-logger',
  'sensor-spot',
  'phyphox',
  'device-motion',
  'frame',
  'labels',
] as const;

export type MessageFormat = (typeof MESSAGE_FORMATS)[number];

/**
 * A message that is gone through again after a restart.
 *
 * - `covered`: what the device's checkpoint knows has been told by it; only its samples are missing
 * - `uncovered`: it came after the checkpoint
 */
export type Coverage = 'covered' | 'uncovered';

/** Why a message is no news of its device: the broker had kept it, or sends it a second time. */
export type Repeat = 'retained' | 'redelivered';

/** A message as it came from a source, before anything is known about its content. */
export interface RawMessage {
  readonly format: MessageFormat;
  /** Where it came from, for logs: an MQTT topic or an HTTP path. */
  readonly topic: string;
  /** The device named by the topic or the subscription; stronger than an id in the payload. */
  readonly device: DeviceId | undefined;
  readonly payload: Uint8Array;
  /** Gateway time of arrival, epoch milliseconds. */
  readonly receivedAtMs: number;
  /** How it comes from the journal after a restart; absent for a message that has just arrived. */
  readonly recovery?: Coverage;
  /** Absent for a message that its device has just sent, as far as the source can tell. */
  readonly repeat?: Repeat | undefined;
}

/** One encoded picture from a device's camera. */
export interface CameraFrame {
  readonly device: DeviceId;
  /** Epoch milliseconds. */
  readonly timeMs: number;
  /** JPEG, PNG or WebP bytes, as received. */
  readonly image: Uint8Array;
}

/** What a person said was true of a device's wearer, from a `labels` message; `null` where nothing was said. */
export interface LabelEvent {
  readonly device: DeviceId;
  /** Epoch milliseconds from which it holds. */
  readonly fromMs: number;
  /** Epoch milliseconds up to which it holds; `undefined` until the next label. */
  readonly toMs: number | undefined;
  readonly activity: string | null;
  readonly accompanied: boolean | null;
  readonly conversation: boolean | null;
  /** Subjects who were there; empty: nobody else; `null` or absent: not said. */
  readonly with?: readonly string[] | null | undefined;
}
