import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
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

/** Names of what lies in a folder, and of the folders and links to folders among it; both in alphabetical order. */
export async function listFolder(path: string): Promise<{ names: string[]; folders: string[] }> {
  const entries = await readdir(path, { withFileTypes: true });
  const isOne = await Promise.all(
    entries.map(
      (entry) => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(path, entry.name))),
    ),
  );
  const folders = entries.filter((_, index) => isOne[index]).map(({ name }) => name);
  return { names: entries.map(({ name }) => name).sort(), folders: folders.sort() };
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

/** Names that Windows keeps for devices, whatever follows behind a dot. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/;

/**
 * A name as part of a path, the same on every file system: no two names share one, not even where `A` and `a` are the same
 * file, and people can still read it. Lower-case letters, digits, `_`, `-` and dots inside stay as they are; the others
 * are written with `=` in front: `Anna` as `=anna`, `p:1` as `p=+1`.
 *
 * @param name of a device: letters, digits and `_ . : -`
 */
export function fileNameOf(name: string): string {
  const escaped = name
    .replaceAll('=', '==')
    .replaceAll(/[A-Z]/g, (letter) => `=${letter.toLowerCase()}`)
    .replaceAll(':', '=+')
    // Windows drops a dot at the end.
    .replace(/\.$/, '=-');
  return RESERVED.test(escaped) ? `=_${escaped}` : escaped;
}

/**
 * Appends lines to a file, in one write, and puts them on the disk. What a write that was cut short has left, on a full disk
 * or by the end of the process, stays a line of its own.
 *
 * @param file open for reading and appending
 */
export async function appendLines(file: FileHandle, lines: readonly string[]): Promise<void> {
  const { size } = await file.stat();
  const isCut = size > 0 && !(await endsWithNewline(file, size));
  const text = lines.map((line) => `${line}\n`).join('');
  await file.appendFile(isCut ? `\n${text}` : text);
  await file.sync();
}

async function endsWithNewline(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: size - 1 });
  return buffer.toString() === '\n';
}

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

/** What is written in several steps is looked at once. */
const SETTLE_MS = 100;

/**
 * Calls back shortly after something has changed in one of some folders, as far as their file system tells: networks and
 * containers may not, and a folder that is missing or was replaced tells nothing. So who watches looks now and then as well.
 *
 * @param concerns whether a name in a folder matters; by default all do
 */
export function watchFolders(
  paths: readonly string[],
  onChange: () => void,
  concerns: (name: string) => boolean = () => true,
): Disposable {
  let settling: NodeJS.Timeout | undefined;
  const settled = (): void => {
    settling = undefined;
    onChange();
  };
  const watchers = paths.flatMap((path) => watcherOf(path) ?? []);
  for (const watcher of watchers) {
    watcher.on('change', (_, name) => {
      if (name === null || concerns(String(name))) settling ??= setTimeout(settled, SETTLE_MS).unref();
    });
    watcher.on('error', () => watcher.close());
  }
  return {
    [Symbol.dispose]: () => {
      clearTimeout(settling);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function watcherOf(path: string): FSWatcher | undefined {
  try {
    return watch(path, { persistent: false });
  } catch {
    // It is missing, or the system has no more watches to give.
    return undefined;
  }
}
