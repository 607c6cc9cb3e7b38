import type { DeviceId } from './ids.js';

/** Numbers in a {@link SignatureRow}: with 4 bytes each, 64 bytes a second and device. */
export const SIGNATURE_SIZE = 16;

/**
 * How a device moved during one second, `[endMs - 1000, endMs)`: free of its orientation, and small enough to be sent to
 * the gateway that compares it. `company/signature.ts` says what each number is; NaN where the device does not send what it takes.
 */
export interface SignatureRow {
  readonly device: DeviceId;
  /** Epoch milliseconds, a whole second. */
  readonly endMs: number;
  /** {@link SIGNATURE_SIZE} values. */
  readonly values: Float32Array;
}

/** Whether two people are together: `unknown` where their devices tell too little. */
export const COMPANY_STATUSES = ['together', 'apart', 'unknown'] as const;
export type CompanyStatus = (typeof COMPANY_STATUSES)[number];

/** What is held true of two devices from `sinceMs` on; `first` < `second`. */
export interface CompanyChange {
  readonly first: DeviceId;
  readonly second: DeviceId;
  readonly status: CompanyStatus;
  /** Epoch milliseconds of event time from which it holds: a change is dated back to where belief in it began to rise. */
  readonly sinceMs: number;
  /** Epoch milliseconds of event time at which it was found out. */
  readonly atMs: number;
  /** That the two are together, 0..1. */
  readonly probability: number;
}

/** A time in which a device was together with another. Half open: `[fromMs, toMs)`, epoch milliseconds. */
export interface CompanyInterval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly with: DeviceId;
  /** That they were together, 0..1. */
  readonly probability: number;
}
