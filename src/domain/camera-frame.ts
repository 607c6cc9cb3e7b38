import type { DeviceId } from './ids.js';

/** One encoded picture from a device's camera. */
export interface CameraFrame {
  readonly device: DeviceId;
  /** Epoch milliseconds. */
  readonly timeMs: number;
  /** JPEG, PNG or WebP bytes, as received. */
  readonly image: Uint8Array;
}
