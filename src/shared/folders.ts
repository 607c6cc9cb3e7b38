import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { GatewayError, isMissing, messageOf, systemWords } from './errors.js';

/** Mode of a folder that holds what is personal: nobody but its owner may look. */
export const PRIVATE_FOLDER = 0o700;

/**
 * Makes a folder, and those above it, where they are not there. It goes step by step: below folders that take no others,
 * such as /proc, `mkdir` with `recursive` never comes back.
 *
 * @param mode of the folders that are made; by default everybody may look into them
 * @throws GatewayError `DISK_UNAVAILABLE` (retryable) when it cannot be made
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  if (await isFolder(path)) return;
  const parent = dirname(resolve(path));
  if (parent !== resolve(path)) await makeFolder(parent, mode);
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (await isFolder(path)) return;
    throw cannotBeMade(path, error);
  }
}

/** Whether there is a folder: a file, a missing one and one that may not be looked at are none. */
export async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function cannotBeMade(path: string, error: unknown): GatewayError {
  // The folder above is there, so "no such folder" means that it takes none.
  const isRefused = isMissing(error);
  const words = isRefused
    ? 'the folder above it takes no new ones; use another'
    : (systemWords(error) ?? messageOf(error));
  const cause = isRefused ? undefined : error;
  return new GatewayError('DISK_UNAVAILABLE', `${path} cannot be made: ${words}`, { retryable: true, cause });
}
