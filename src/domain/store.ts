import type { CompanyStatus } from './company.js';
import type { DeviceId } from './ids.js';
import type { Status, StatusUpdate } from './status.js';

/** One window's result as stored. Its key is (device, model, endMs): writing it twice changes nothing. */
export interface StoredWindow {
  readonly device: DeviceId;
  readonly model: string;
  /** Epoch milliseconds, at most 3 decimals. */
  readonly startMs: number;
  readonly endMs: number;
  readonly coverage: number;
  readonly meanDeltaMs: number;
  readonly maxDeltaMs: number;
  /**
   * For a target with two classes the probability of the second (positive) one under the target's name;
   * for others one entry a class under `<target>.<class>`.
   */
  readonly probabilities: Readonly<Record<string, number>>;
  /** Of the owner of its partition, in a cluster: rises with each change of owner. */
  readonly token?: number;
}

/** A status as stored. Its key is (device, target, atMs). */
export interface StatusPoint {
  readonly device: DeviceId;
  readonly target: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly status: Status;
  readonly confidence: number;
}

/** A label seen by a device's camera. Its key is (device, label, atMs). */
export interface ApparelPoint {
  readonly device: DeviceId;
  readonly label: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly probability: number;
  /** The image model that said so; absent in what was stored by earlier versions. */
  readonly model?: string;
  /** Numbers of the people of the frame that wear it, from 1; absent where the frame was taken as a whole. */
  readonly people?: readonly number[];
}

/**
 * Whether a device is with another from a time on: a point a change, one for each of the two. Its key is
 * (device, with, sinceMs).
 */
export interface CompanyPoint {
  readonly device: DeviceId;
  readonly with: DeviceId;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  readonly status: CompanyStatus;
  /** That the two are together, 0..1. */
  readonly probability: number;
}

/** The same as it is found out. */
export interface CompanyUpdate extends CompanyPoint {
  /** When it was found out, epoch milliseconds of event time. */
  readonly atMs: number;
  /** The other device was erased: its name is kept nowhere. */
  readonly isErased?: boolean;
}

/** Results to be written together. */
export interface ResultBatch {
  readonly windows: readonly StoredWindow[];
  readonly statuses: readonly StatusPoint[];
  readonly apparel: readonly ApparelPoint[];
  readonly company: readonly CompanyPoint[];
}

/** Points that the store will never take, and its own words about them. */
export interface RefusedPoints {
  readonly batch: ResultBatch;
  readonly words: string;
}

/** What became of a batch: everything was taken, or the store refused some of it for good. */
export interface WriteReport {
  readonly written: number;
  /** Points the store will never take; already counted out of `written`. */
  readonly refused: number;
  /** How many of `refused` are windows; the ledger counts windows. */
  readonly refusedWindows: number;
  /** The store's own words about the refusal. */
  readonly refusal: string | undefined;
  /** Which points were refused, where the store could tell; those that no store can keep are not among them. */
  readonly refusedPoints?: readonly RefusedPoints[];
}

/** A range of time, half open: `[fromMs, toMs)`, epoch milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Before when results have outlived their use, by kind, epoch milliseconds; kinds left out are kept. */
export interface Expiry {
  readonly windowsBeforeMs?: number | undefined;
  readonly statusesBeforeMs?: number | undefined;
  readonly apparelBeforeMs?: number | undefined;
  readonly companyBeforeMs?: number | undefined;
}

/**
 * Where results are kept.
 *
 * Writing is idempotent by the keys above. A failure that may pass is thrown as a retryable
 * `GatewayError` (`STORE_UNAVAILABLE`) and then nothing of the batch may be assumed to be kept.
 */
export interface Store extends AsyncDisposable {
  write(batch: ResultBatch): Promise<WriteReport>;
  /** Windows whose end lies in the range, oldest first, at most `limit`. */
  windows(device: DeviceId, range: TimeRange, limit: number): Promise<StoredWindow[]>;
  /** Status points of the range, oldest first, preceded by the last one before it if there is one. */
  statuses(device: DeviceId, target: string, range: TimeRange): Promise<StatusPoint[]>;
  apparel(device: DeviceId, range: TimeRange): Promise<ApparelPoint[]>;
  /** Points of the range, oldest first, preceded by the last one before it of each other device. */
  company(device: DeviceId, range: TimeRange): Promise<CompanyPoint[]>;
  /** Every device that has results, in alphabetical order. */
  devices(): Promise<DeviceId[]>;
  /** Removes everything of a device, and what others have of its company; when it resolves nothing of it is found any more. */
  forget(device: DeviceId): Promise<void>;
  /** Removes the windows that ended, the statuses and labels that were said, and the company that changed before a time. */
  expire(expiry: Expiry): Promise<void>;
  /** Resolves when the store answers, rejects with `STORE_UNAVAILABLE` when it does not. */
  ping(): Promise<void>;
}

/** What the pipeline has found out, on its way to store, publishers and pages. */
export interface Results {
  readonly windows: readonly StoredWindow[];
  readonly statuses: readonly StatusUpdate[];
  readonly apparel: readonly ApparelPoint[];
  readonly company: readonly CompanyUpdate[];
}

export const NO_RESULTS: Results & ResultBatch = { windows: [], statuses: [], apparel: [], company: [] };

/**
 * Somewhere results go: a store, a broker, a webhook.
 *
 * A sink takes results over and looks after them alone: it never throws at the pipeline, never makes it wait, and counts
 * what it cannot keep.
 */
export interface Sink extends AsyncDisposable {
  /** Takes results over; what does not fit is refused and reported through the sink's own hooks. */
  accept(results: Results): void;
  /** Resolves when everything accepted before the call has left, was refused, or the sink was disposed of. */
  flush(): Promise<void>;
}
