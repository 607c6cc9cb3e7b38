import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import { GatewayError, messageOf } from '../errors.js';
import { writeAtomically } from '../files/write-atomically.js';
import { type AccessRecords, accessRecordsSchema, NO_RECORDS } from './records.js';

const LOCK_RETRY_MS = 50;
const LOCK_PATIENCE_MS = 5000;
/** A lock as old as this belongs to a command that was killed. */
const LOCK_STALE_MS = 30_000;

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
 * @throws GatewayError `CONFIG_INVALID` when the file cannot be read or written
 */
export async function changeAccessFile(
  path: string,
  clock: Clock,
  change: (records: AccessRecords) => AccessRecords | Promise<AccessRecords>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const unlock = await lock(`${path}.lock`, clock);
  try {
    const changed = await change(await readAccessFile(path));
    await writeAtomically(path, `${JSON.stringify({ version: 1, ...changed }, undefined, 2)}\n`);
  } finally {
    await unlock();
  }
}

async function lock(path: string, clock: Clock): Promise<() => Promise<void>> {
  for (let waitedMs = 0; ; waitedMs += LOCK_RETRY_MS) {
    try {
      await (await open(path, 'wx', 0o600)).close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw invalid(path, `cannot be written: ${messageOf(error)}`, error);
      if (waitedMs >= LOCK_PATIENCE_MS) {
        throw invalid(path, 'is held by another command; remove it if none is running', error);
      }
    }
    if (await isStale(path, clock)) await rm(path, { force: true });
    else await sleep(LOCK_RETRY_MS);
  }
}

async function isStale(path: string, clock: Clock): Promise<boolean> {
  const held = await stat(path).catch(() => undefined);
  return held !== undefined && clock.nowMs() - held.mtimeMs > LOCK_STALE_MS;
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

function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
