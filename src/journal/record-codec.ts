import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';

const CHECKSUM_BYTES = 4;

/** A plain value as it lies on the disk: a checksum, then the value as V8 writes it, which knows `NaN` and bytes. */
export function encodeRecord(value: unknown): Buffer {
  const content = serialize(value);
  const record = Buffer.allocUnsafe(CHECKSUM_BYTES + content.length);
  record.writeUInt32LE(crc32(content), 0);
  content.copy(record, CHECKSUM_BYTES);
  return record;
}

/** Inverse of {@link encodeRecord}; `undefined` when these bytes are not what was written. */
export function decodeRecord(record: Buffer): { readonly value: unknown } | undefined {
  if (record.length < CHECKSUM_BYTES) return undefined;
  // A copy: bytes in the value would else be a view on memory of the library's.
  const content = Buffer.from(record.subarray(CHECKSUM_BYTES));
  return record.readUInt32LE(0) === crc32(content) ? { value: deserialize(content) } : undefined;
}
