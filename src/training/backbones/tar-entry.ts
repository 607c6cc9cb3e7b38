import { gunzipSync } from 'node:zlib';
import { GatewayError, messageOf } from '../../shared/errors.js';

const BLOCK_BYTES = 512;
/** More than any package that is read here unpacks to. */
const MAX_UNPACKED_BYTES = 200_000_000;

/**
 * Reads one file out of a gzipped tar archive (POSIX ustar).
 *
 * @throws GatewayError `MODEL_INVALID` when it is no such archive or the file is not in it
 */
export function readTarEntry(archive: Uint8Array, name: string): Uint8Array {
  const tar = unzipped(archive);
  for (let at = 0; at + BLOCK_BYTES <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK_BYTES);
    const entry = textOf(header.subarray(0, 100));
    if (entry === '') break;
    const sizeBytes = Number.parseInt(textOf(header.subarray(124, 136)), 8);
    if (Number.isNaN(sizeBytes)) break;
    const start = at + BLOCK_BYTES;
    if (entry === name) return tar.subarray(start, start + sizeBytes);
    at = start + Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
  }
  throw new GatewayError('MODEL_INVALID', `the archive holds no "${name}"`);
}

function unzipped(archive: Uint8Array): Buffer {
  try {
    return gunzipSync(archive, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (error) {
    throw new GatewayError('MODEL_INVALID', `not a gzipped archive: ${messageOf(error)}`, { cause: error });
  }
}

/** Text fields end with a zero byte or fill their place. */
function textOf(field: Uint8Array): string {
  const text = Buffer.from(field).toString('latin1');
  return text.split('\0', 1)[0]?.trim() ?? '';
}
