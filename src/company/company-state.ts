import { SIGNATURE_SIZE } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import type { PairState } from './pair-tracker.js';
import { SECOND_MS } from './signature-history.js';

export const STATE_VERSION = 2;

/** What an engine knows, as kept over a restart; plain. */
export interface CompanyState {
  readonly version: number;
  readonly devices: readonly {
    readonly device: DeviceId;
    readonly newestMs: number;
    readonly reachedMs: number;
    /** Its last rows, see {@link rowsToText}. */
    readonly rows: string;
  }[];
  readonly pairs: readonly {
    readonly first: DeviceId;
    readonly second: DeviceId;
    readonly state: PairState;
    /** When the two moved alike last. */
    readonly alikeMs: number;
  }[];
}

/** Rows of consecutive seconds as base64 of their bytes: short, and exact. */
export function rowsToText(rows: Float32Array): string {
  return Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength).toString('base64');
}

export function rowsFromText(text: string, newestMs: number): { endMs: number; values: Float32Array }[] {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  const values = new Float32Array(bytes.buffer);
  const count = values.length / SIGNATURE_SIZE;
  return Array.from({ length: count }, (_, index) => ({
    endMs: newestMs - (count - 1 - index) * SECOND_MS,
    values: values.subarray(index * SIGNATURE_SIZE, (index + 1) * SIGNATURE_SIZE),
  }));
}
