import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GatewayError, messageOf, systemWords } from './errors.js';
import { makeFolder, PRIVATE_FOLDER } from './folders.js';

/**
 * Replaces a file so that a reader, or a power cut, finds the old or the new one whole. Only its owner may read it, and
 * the owner is that of the folder: a command run by root must not lock the gateway's user out. Makes the folder, too.
 *
 * @throws GatewayError `DISK_UNAVAILABLE` (retryable) when it cannot be written; then the old file stays, and nothing else
 */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await replace(path, temporary, text);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const words = systemWords(error) ?? messageOf(error);
    throw new GatewayError('DISK_UNAVAILABLE', `${path} cannot be written: ${words}`, {
      retryable: true,
      cause: error,
    });
  }
}

async function replace(path: string, temporary: string, text: string): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder, PRIVATE_FOLDER);
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await giveToOwnerOf(folder, file);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(folder);
}

/** A command that root runs must not lock the gateway's user out. */
export async function giveToOwnerOf(folder: string, file: FileHandle): Promise<void> {
  const { uid, gid } = await stat(folder);
  await file.chown(uid, gid).catch((error: unknown) => {
    // Only root may give files away; others who write here own the file already.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error;
  });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
