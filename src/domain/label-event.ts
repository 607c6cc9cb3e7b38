import type { DeviceId } from './ids.js';

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
}
