import { SIGNATURE_SIZE, type SignatureRow } from '../domain/company.js';
import { parseDeviceId } from '../domain/ids.js';

const NUMBER_BYTES = 4;
const SECOND_MS = 1000;
/** Second, then the numbers of the signature. */
const ROW_BYTES = NUMBER_BYTES * (1 + SIGNATURE_SIZE);

/** Signatures as they go from gateway to gateway: of each the length of the name, the name, the second and 64 bytes. */
export function packSignatures(rows: readonly SignatureRow[]): Uint8Array {
  const names = rows.map(({ device }) => Buffer.from(device));
  const packet = Buffer.alloc(names.reduce((sum, name) => sum + 1 + name.length + ROW_BYTES, 0));
  let at = 0;
  for (const [index, { endMs, values }] of rows.entries()) {
    const name = names[index] ?? Buffer.alloc(0);
    at = packet.writeUInt8(name.length, at);
    at += name.copy(packet, at);
    at = packet.writeUInt32LE(endMs / SECOND_MS, at);
    for (const value of values) at = packet.writeFloatLE(value, at);
  }
  return packet;
}

/** Inverse of {@link packSignatures}; what is no whole signature is left out, with all that follows it. */
export function unpackSignatures(bytes: Uint8Array): SignatureRow[] {
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: SignatureRow[] = [];
  for (let at = 0; at < packet.length; ) {
    const nameAt = at + 1;
    const rowAt = nameAt + packet.readUInt8(at);
    at = rowAt + ROW_BYTES;
    if (at > packet.length) break;
    const device = parseDeviceId(packet.toString('utf8', nameAt, rowAt));
    if (device === undefined) break;
    const endMs = packet.readUInt32LE(rowAt) * SECOND_MS;
    const values = Float32Array.from({ length: SIGNATURE_SIZE }, (_, number) =>
      packet.readFloatLE(rowAt + NUMBER_BYTES * (1 + number)),
    );
    rows.push({ device, endMs, values });
  }
  return rows;
}
