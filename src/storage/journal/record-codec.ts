import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { RawMessage } from '../../domain/message.js';

const CHECKSUM_BYTES = 4;
/** Content of a message begins with this byte; what V8 writes begins with another. */
const MESSAGE_MARK = 1;
/** Mark and length of the head. */
const PREFIX_BYTES = 5;

/** A plain value as it lies on the disk: a checksum, then the value as V8 writes it, which knows `NaN` and bytes. */
export function encodeRecord(value: unknown): Buffer {
  const content = serialize(value);
  const record = Buffer.allocUnsafe(CHECKSUM_BYTES + content.length);
  content.copy(record, CHECKSUM_BYTES);
  return sealed(record);
}

/**
 * A message as it lies on the disk: a checksum, what is known of it as JSON, then its payload as it came. Nearly all of a
 * message is payload, and V8 would copy it three times.
 *
 * @param page takes the bytes
 */
export function encodeMessage(
  { format, topic, device, receivedAtMs, payload }: RawMessage,
  page: RecordPage,
): Buffer {
  const head = Buffer.from(JSON.stringify({ format, topic, device, receivedAtMs }));
  const record = page.take(CHECKSUM_BYTES + PREFIX_BYTES + head.length + payload.length);
  record.writeUInt8(MESSAGE_MARK, CHECKSUM_BYTES);
  record.writeUInt32LE(head.length, CHECKSUM_BYTES + 1);
  record.set(head, CHECKSUM_BYTES + PREFIX_BYTES);
  record.set(payload, CHECKSUM_BYTES + PREFIX_BYTES + head.length);
  return sealed(record);
}

/** Inverse of {@link encodeRecord} and {@link encodeMessage}; `undefined` when these bytes are not what was written. */
export function decodeRecord(record: Buffer): { readonly value: unknown } | undefined {
  if (record.length < CHECKSUM_BYTES) return undefined;
  // A copy: bytes in the value would else be a view on memory of the library's.
  const content = Buffer.from(record.subarray(CHECKSUM_BYTES));
  if (record.readUInt32LE(0) !== crc32(content)) return undefined;
  return { value: content[0] === MESSAGE_MARK ? decodeMessage(content) : deserialize(content) };
}

function decodeMessage(content: Buffer): RawMessage {
  const payloadAt = PREFIX_BYTES + content.readUInt32LE(1);
  // The checksum vouches for what `encodeMessage` wrote.
  const head = JSON.parse(content.toString('utf8', PREFIX_BYTES, payloadAt)) as Omit<RawMessage, 'payload'>;
  return { ...head, payload: content.subarray(payloadAt) };
}

function sealed(record: Buffer): Buffer {
  record.writeUInt32LE(crc32(record.subarray(CHECKSUM_BYTES)), 0);
  return record;
}

const PAGE_BYTES = 1024 * 1024;

/** Memory for the records of one commit after the other: one allocation, not one a message. */
export class RecordPage {
  #bytes: Buffer | undefined;
  #used = 0;

  /** What was taken is no longer needed. */
  clear(): void {
    this.#used = 0;
  }

  take(bytes: number): Buffer {
    if (bytes > PAGE_BYTES) return Buffer.allocUnsafe(bytes);
    if (this.#bytes === undefined || this.#used + bytes > PAGE_BYTES) {
      // Records in the full one keep it alive.
      this.#bytes = Buffer.allocUnsafe(PAGE_BYTES);
      this.#used = 0;
    }
    const record = this.#bytes.subarray(this.#used, this.#used + bytes);
    this.#used += bytes;
    return record;
  }
}
