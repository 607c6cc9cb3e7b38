import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { GatewayError, messageOf } from './errors.js';
import { giveToOwnerOf, makeFolder, PRIVATE_FOLDER } from './files.js';

const LOCK_FILE = 'gateway.lock';
/** Behind what the file says: Windows keeps everybody from reading what is locked. */
const LOCKED_BYTE = 2 ** 30;

const ownerSchema = z.object({ pid: z.number(), host: z.string(), since: z.string() });

/**
 * Locks a file by the operating system: the lock ends with its process, however that ends, and holds between containers that
 * share a volume. While it is held the file says who holds it; afterwards the file goes, but for a process that was killed.
 *
 * @returns `undefined` when somebody else holds it
 */
export async function tryLock(path: string): Promise<AsyncDisposable | undefined> {
  const file = await open(path, 'a+', 0o600);
  try {
    if (systemLock().tryLock(file.fd, LOCKED_BYTE, 1)) return await held(path, file);
    await file.close();
    return undefined;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function held(path: string, file: FileHandle): Promise<AsyncDisposable | undefined> {
  const { ino } = await file.stat({ bigint: true });
  const current = await stat(path, { bigint: true }).catch(() => undefined);
  if (current?.ino !== ino) {
    // The one who had it let go after the file was opened here, and took the file away.
    await file.close();
    return await tryLock(path);
  }
  await giveToOwnerOf(dirname(path), file);
  await writeOwner(file);
  return {
    [Symbol.asyncDispose]: async () => {
      await rm(path, { force: true });
      await file.close();
    },
  };
}

/**
 * Locks a folder for one process that writes there; makes the folder if it is not there.
 *
 * @throws GatewayError `FOLDER_IN_USE` naming the process that has it; `CONFIG_INVALID` when nothing can be written there
 */
export async function lockFolder(folder: string): Promise<AsyncDisposable> {
  const path = join(folder, LOCK_FILE);
  const lock = await lockIn(folder, path).catch((error: unknown) => {
    const words = `the data folder ${folder} cannot be used: ${messageOf(error)}; it must be a folder that this user may write to`;
    throw new GatewayError('CONFIG_INVALID', words, { cause: error });
  });
  if (lock !== undefined) return lock;
  throw new GatewayError(
    'FOLDER_IN_USE',
    `the data folder ${folder} is in use by ${await ownerOf(path)}; stop that one, or choose another folder (setting dataDir)`,
    { retryable: true },
  );
}

async function lockIn(folder: string, path: string): Promise<AsyncDisposable | undefined> {
  // What is in it is personal.
  await makeFolder(folder, PRIVATE_FOLDER);
  return await tryLock(path);
}

/** A full disk takes no name, but the lock holds all the same. */
async function writeOwner(file: FileHandle): Promise<void> {
  const owner: z.infer<typeof ownerSchema> = {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
  };
  await file.truncate(0).catch(() => undefined);
  await file.appendFile(`${JSON.stringify(owner)}\n`).catch(() => undefined);
}

async function ownerOf(path: string): Promise<string> {
  try {
    const { pid, host, since } = ownerSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return `process ${pid} on ${host} since ${since}`;
  } catch {
    return 'another process';
  }
}

/** The package has CommonJS only, and no types. */
function systemLock(): { tryLock(descriptor: number, offset: number, length: number): boolean } {
  return createRequire(import.meta.url)('fs-native-extensions');
}
