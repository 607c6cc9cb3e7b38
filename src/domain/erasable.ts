import type { DeviceId } from './ids.js';

/**
 * A part of the gateway that keeps data of devices and can erase those of one.
 *
 * Every part with data of devices must be one, or a person who asks to be forgotten is not: the list of all is in
 * `gateway/erasure/erasables.ts`.
 */
export interface Erasable {
  /** What it keeps, for people: `results`, `journal`. */
  readonly name: string;
  /**
   * Who has it in a cluster: each gateway of its own, all together (the one that is asked erases it for all), or their brokers,
   * where what is said of a device that came back is not left from before. @defaultValue `each`
   */
  readonly heldBy?: 'each' | 'all' | 'brokers';
  /** Removes everything of a device; resolves when that is done for good. */
  forget(device: DeviceId): Promise<void>;
  /** Looks again whether anything of a device is there. */
  holds(device: DeviceId): Promise<boolean>;
}

/** What became of one part's data of a device. */
export interface ForgottenPart {
  readonly name: string;
  /** Nothing of the device was found any more after the removal. */
  readonly removed: boolean;
  /** Why something is left; empty when nothing is. */
  readonly detail: string;
}

/** What became of a wish to forget a device. */
export interface ForgetReport {
  readonly device: DeviceId;
  /** Nothing of the device is left anywhere. */
  readonly removed: boolean;
  readonly parts: readonly ForgottenPart[];
}
