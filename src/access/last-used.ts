import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../shared/write-atomically.js';

/** Epoch milliseconds, to the hour, by `device/NAME` and `token/ID`. */
export type LastUsed = ReadonlyMap<string, number>;

const schema = z.record(z.string(), z.number());

/**
 * When credentials were last used. A file of its own, so that the gateway writes this one only and commands the other:
 * neither can undo what the other did.
 */
export function lastUsedFile(dataDir: string): string {
  return join(dataDir, 'access-used.json');
}

/** Empty where there is no such file, or a damaged one: nothing depends on it. */
export async function readLastUsed(path: string): Promise<LastUsed> {
  try {
    return new Map(Object.entries(schema.parse(JSON.parse(await readFile(path, 'utf8')))));
  } catch {
    return new Map();
  }
}

/** Adds to the file, and leaves out what is not there any more. */
export async function writeLastUsed(
  path: string,
  used: LastUsed,
  isThere: (key: string) => boolean,
): Promise<void> {
  const merged = new Map([...(await readLastUsed(path)), ...used]);
  const kept = [...merged].filter(([key]) => isThere(key));
  await writeAtomically(path, `${JSON.stringify(Object.fromEntries(kept))}\n`);
}
