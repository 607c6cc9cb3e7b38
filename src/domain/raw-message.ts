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

/** A message as it came from a source, before anything is known about its content. */
export interface RawMessage {
  readonly format: MessageFormat;
  /** Where it came from, for logs: an MQTT topic or an HTTP path. */
  readonly topic: string;
  /** The device named by the topic or the subscription; formats that carry their own id may override it. */
  readonly device: DeviceId | undefined;
  readonly payload: Uint8Array;
  /** Gateway time of arrival, epoch milliseconds. */
  readonly receivedAtMs: number;
}
