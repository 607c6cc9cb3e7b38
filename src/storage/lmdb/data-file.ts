import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { undefinedIfMissing } from '../../shared/errors.js';

/** Stands near the start of each of lmdb's two meta pages, little endian; where exactly depends on the platform. */
const MAGIC = Buffer.from([0xde, 0xc0, 0xef, 0xbe]);
const PAGE_SIZES_BYTES = [4096, 8192, 16_384, 32_768, 65_536];
const HEADER_BYTES = 64;

/**
 * Looks whether the data file in a folder is one of lmdb's, or not there yet. Opening anything else would end the process:
 * the native library reads it without a check. Damage further in is not seen here.
 *
 * @throws Error that says what is wrong with the file
 */
export async function checkDataFile(folder: string): Promise<void> {
  const path = join(folder, 'data.mdb');
  const start = await readStart(path);
  if (start === undefined || start.length === 0) return;
  const offset = start.subarray(0, HEADER_BYTES).indexOf(MAGIC);
  const hasSecond = PAGE_SIZES_BYTES.some((bytes) => start.indexOf(MAGIC, bytes + offset) === bytes + offset);
  if (offset < 0 || !hasSecond)
    throw new Error(`${path} is damaged or not a file of this store; move it away`);
}

async function readStart(path: string): Promise<Buffer | undefined> {
  const file = await open(path).catch(undefinedIfMissing);
  if (file === undefined) return undefined;
  try {
    const buffer = Buffer.alloc(Math.max(...PAGE_SIZES_BYTES) + HEADER_BYTES);
    const { bytesRead } = await file.read({ buffer });
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
