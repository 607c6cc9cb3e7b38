import type { PlatformState } from './device.js';
import type { DeviceId } from './ids.js';
import type { JournalId } from './journal.js';
import type { MessageRejectReason, SampleFate } from './ledger.js';
import type { CameraFrame, LabelEvent, RawMessage } from './message.js';
import type { SensorMessage } from './samples.js';

/** How many of a message's samples met each fate. */
export type FateCounts = Record<SampleFate, number>;

/** Everything an accepted message held. */
export interface MessageContent {
  readonly device: DeviceId;
  /** Its samples, SI units in Android's convention; `undefined` for formats without samples and for test messages. */
  readonly message: SensorMessage | undefined;
  readonly frames: readonly CameraFrame[];
  readonly labels: readonly LabelEvent[];
  /** Sensors nobody uses, by name, with the number of samples each had. */
  readonly ignored: ReadonlyMap<string, number>;
  /** Samples that are no finite numbers, or lack an axis or a time; they are not in `message`. */
  readonly invalidSamples: number;
  /** An app's "does it work?" message: to be answered, not to be stored. */
  readonly isTest: boolean;
  /** Convention the values were read in; `undefined` for formats that leave no choice. */
  readonly platform: PlatformState | undefined;
}

/**
 * What becomes of a message.
 *
 * - `kept`: it is on the disk, or holds nothing that must be
 * - `rejected`: it is refused for good; `internal` is a fault of the gateway's own
 * - `failed`: it could not be kept; its sender should send it again
 */
export type Settlement =
  | {
      readonly kind: 'kept';
      readonly content: MessageContent;
      /** `undefined` without samples. */
      readonly fates: Readonly<FateCounts> | undefined;
      /** Whether there is a recording that its labels belong to. */
      readonly areLabelsKept: boolean;
    }
  | Rejection
  | { readonly kind: 'failed'; readonly error: unknown };

export interface Rejection {
  readonly kind: 'rejected';
  readonly reason: MessageRejectReason;
  /** Where only the payload names it. */
  readonly device?: DeviceId;
  /** What is wrong, in words for the sender. */
  readonly detail: string;
}

/** Says what becomes of a message; only the first call counts. */
export type Settle = (settlement: Settlement) => void;

/** A message on its way through the data path. Whichever stage finishes it settles it. */
export interface Delivery {
  readonly message: RawMessage;
  readonly settle: Settle;
  /** Of a message that comes from the journal after a restart. */
  readonly journalId?: JournalId;
}

/** A message that was decoded. */
export interface DecodedDelivery extends Delivery {
  readonly content: MessageContent;
}
