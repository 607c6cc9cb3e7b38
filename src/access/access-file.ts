import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { GatewayError, isMissing, messageOf, systemWords } from '../shared/errors.js';
import { makeFolder, PRIVATE_FOLDER } from '../shared/folders.js';
import { tryLock } from '../shared/lock.js';
import { writeAtomically } from '../shared/write-atomically.js';
import { type AccessRecords, accessRecordsSchema, NO_RECORDS } from './records.js';

const LOCK_RETRY_MS = 50;
const LOCK_PATIENCE_MS = 5000;

/** The file of credentials in a data folder. */
export function accessFile(dataDir: string): string {
  return join(dataDir, 'access.json');
}

/**
 * Reads all credentials; none where there is no file.
 *
 * @throws GatewayError `CONFIG_INVALID` when the file cannot be read or is not one of credentials
 */
export async function readAccessFile(path: string): Promise<AccessRecords> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw invalid(path, `cannot be read: ${messageOf(error)}`, error);
  });
  if (text === undefined) return NO_RECORDS;
  return parseRecords(path, text);
}

/**
 * Changes the file of credentials as a whole or not at all. Commands that change it at once wait for one another.
 *
 * @throws GatewayError `CONFIG_INVALID` when the file cannot be read; `DISK_UNAVAILABLE` (retryable) when it cannot be written
 */
export async function changeAccessFile(
  path: string,
  change: (records: AccessRecords) => AccessRecords | Promise<AccessRecords>,
): Promise<void> {
  await makeFolder(dirname(path), PRIVATE_FOLDER);
  await using _ = await lock(`${path}.lock`);
  const changed = await change(await readAccessFile(path));
  await writeAtomically(path, `${JSON.stringify({ version: 1, ...changed }, undefined, 2)}\n`);
}

async function lock(path: string): Promise<AsyncDisposable> {
  for (let waitedMs = 0; waitedMs < LOCK_PATIENCE_MS; waitedMs += LOCK_RETRY_MS) {
    const held = await tryLock(path).catch((error: unknown) => {
      const words = `${path} cannot be written: ${systemWords(error) ?? messageOf(error)}`;
      throw new GatewayError('DISK_UNAVAILABLE', words, { retryable: true, cause: error });
    });
    if (held !== undefined) return held;
    await sleep(LOCK_RETRY_MS);
  }
  throw invalid(path, 'is held by another command; try again when that has ended', undefined);
}

function parseRecords(path: string, text: string): AccessRecords {
  try {
    const { devices, tokens } = accessRecordsSchema.parse(JSON.parse(text));
    return { devices, tokens };
  } catch (error) {
    // The parser's own message would quote the file.
    const words = error instanceof z.ZodError ? z.prettifyError(error) : 'it is not JSON';
    throw invalid(path, `is not a file of credentials: ${words}; restore it from a backup`, undefined);
  }
}

function invalid(path: string, words: string, cause: unknown): GatewayError {
  return new GatewayError('CONFIG_INVALID', `${path} ${words}`, { cause });
}
