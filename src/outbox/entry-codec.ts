import { crc32 } from 'node:zlib';

/** What lies before the payload: a checksum of everything behind it, and the time of appending. */
const HEADER_BYTES = 12;
const CHECKSUM_BYTES = 4;

/** What an entry takes up on the disk besides its payload, about. */
const OVERHEAD_BYTES = 48;

export interface StoredEntry {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly payload: Uint8Array;
}

/** An entry as it lies on the disk. */
export function encodeEntry(payload: Uint8Array, atMs: number): Buffer {
  const stored = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  stored.writeDoubleLE(atMs, CHECKSUM_BYTES);
  stored.set(payload, HEADER_BYTES);
  stored.writeUInt32LE(crc32(stored.subarray(CHECKSUM_BYTES)), 0);
  return stored;
}

/** Inverse of {@link encodeEntry}; `undefined` when it is not what was written. The payload is a copy. */
export function decodeEntry(stored: Buffer): StoredEntry | undefined {
  if (stored.length < HEADER_BYTES) return undefined;
  if (stored.readUInt32LE(0) !== crc32(stored.subarray(CHECKSUM_BYTES))) return undefined;
  return {
    atMs: stored.readDoubleLE(CHECKSUM_BYTES),
    payload: Uint8Array.from(stored.subarray(HEADER_BYTES)),
  };
}

/** What an entry counts against the limit of its queue, bytes. */
export function weightOf(stored: Uint8Array): number {
  return stored.length - HEADER_BYTES + OVERHEAD_BYTES;
}
