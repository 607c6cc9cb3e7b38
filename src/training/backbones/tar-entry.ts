import { gunzipSync } from 'node:zlib';
import { parseTar } from 'nanotar';
import { GatewayError, messageOf } from '../../shared/errors.js';

/** More than any package that is read here unpacks to. */
const MAX_UNPACKED_BYTES = 200_000_000;

/**
 * Reads one file out of a gzipped tar archive (POSIX ustar).
 *
 * @throws GatewayError `MODEL_INVALID` when it is no such archive or the file is not in it
 */
export function readTarEntry(archive: Uint8Array, name: string): Uint8Array {
  const [entry] = parseTar(unzipped(archive), { filter: (each) => each.name === name });
  if (entry?.data === undefined) throw new GatewayError('MODEL_INVALID', `the archive holds no "${name}"`);
  return entry.data;
}

function unzipped(archive: Uint8Array): Buffer {
  try {
    return gunzipSync(archive, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (error) {
    throw new GatewayError('MODEL_INVALID', `not a gzipped archive: ${messageOf(error)}`, { cause: error });
  }
}
