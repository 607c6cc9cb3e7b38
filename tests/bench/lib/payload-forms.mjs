// Ways to write a message into the log of a cluster: as the app sent it, compressed, as CBOR, as the columns it is decoded to. Only what
// a size and a cost need: nothing reads these but the benchmark.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { decodeMessage } from '../../../build/ingest/decode/decode.js';

const SETTINGS = { platformOf: () => 'auto' };
const FASTEST = { level: 1 };

/** Each form, with how it is made and how a message comes back out of it. */
export const PAYLOAD_FORMS = {
  'as sent': {
    write: ({ payload }) => payload,
    read: (bytes, raw) => decodeMessage({ ...raw, payload: bytes }, SETTINGS),
  },
  'as sent, deflated': {
    write: ({ payload }) => deflateRawSync(payload, FASTEST),
    read: (bytes, raw) => decodeMessage({ ...raw, payload: inflateRawSync(bytes) }, SETTINGS),
  },
  CBOR: { write: ({ payload }) => cborOf(JSON.parse(payload)) },
  columns: { write: (raw) => columnsOf(blocksOf(raw)), read: blocksIn },
  'columns, deflated': {
    write: (raw) => deflateRawSync(columnsOf(blocksOf(raw)), FASTEST),
    read: (bytes) => blocksIn(inflateRawSync(bytes)),
  },
};

function blocksOf(raw) {
  const outcome = decodeMessage(raw, SETTINGS);
  if (!outcome.ok) throw new Error(outcome.detail);
  return outcome.message.blocks;
}

/** Of each block the number of its samples and of its sensor, its times as 64-bit and its values as 32-bit numbers. */
function columnsOf(blocks) {
  return Buffer.concat(
    blocks.flatMap(({ timesMs, values }, sensor) => [
      Buffer.from(Uint32Array.of(sensor, timesMs.length).buffer),
      Buffer.from(timesMs.buffer, timesMs.byteOffset, timesMs.byteLength),
      Buffer.from(values.buffer, values.byteOffset, values.byteLength),
    ]),
  );
}

function blocksIn(bytes) {
  const blocks = [];
  for (let at = 0; at < bytes.length; ) {
    const samples = bytes.readUInt32LE(at + 4);
    const [times, values, end] = [at + 8, at + 8 + 8 * samples, at + 8 + 20 * samples];
    // Copies, since numbers in the log do not begin where a typed array may.
    const timesMs = new Float64Array(Uint8Array.from(bytes.subarray(times, values)).buffer);
    blocks.push({
      sensor: bytes[at],
      timesMs,
      values: new Float32Array(Uint8Array.from(bytes.subarray(values, end)).buffer),
    });
    at = end;
  }
  return blocks;
}

/** RFC 8949, for what JSON can say; a number takes the fewest bytes that hold it. */
function cborOf(value) {
  const parts = [];
  append(parts, value);
  return Buffer.concat(parts);
}

function append(parts, value) {
  if (typeof value === 'number') parts.push(numberBytes(value));
  else if (typeof value === 'string') parts.push(head(3, Buffer.byteLength(value)), Buffer.from(value));
  else if (Array.isArray(value)) {
    parts.push(head(4, value.length));
    for (const item of value) append(parts, item);
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    parts.push(head(5, entries.length));
    for (const [key, item] of entries) {
      append(parts, key);
      append(parts, item);
    }
  } else parts.push(Buffer.of(value === null ? 0xf6 : value ? 0xf5 : 0xf4));
}

function numberBytes(value) {
  if (Number.isInteger(value)) return value < 0 ? head(1, -1 - value) : head(0, value);
  const bytes = Buffer.alloc(9);
  if (Math.fround(value) === value) {
    bytes[0] = 0xfa;
    bytes.writeFloatBE(value, 1);
    return bytes.subarray(0, 5);
  }
  bytes[0] = 0xfb;
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

/** A major type with its argument. */
function head(major, argument) {
  const type = major << 5;
  if (argument < 24) return Buffer.of(type | argument);
  if (argument < 0x100) return Buffer.of(type | 24, argument);
  const bytes = Buffer.alloc(9);
  if (argument < 0x1_0000_0000) {
    bytes[0] = type | 26;
    bytes.writeUInt32BE(argument, 1);
    return bytes.subarray(0, 5);
  }
  bytes[0] = type | 27;
  bytes.writeBigUInt64BE(BigInt(argument), 1);
  return bytes;
}
