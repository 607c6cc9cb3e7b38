import { execFile } from 'node:child_process';
import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Finding, findingSchema } from './finding.js';

export interface CheckOptions {
  /** Compiled file of the probing process; by default beside this module. */
  readonly probeUrl?: URL | undefined;
  /** A folder that takes longer to go through counts as sound as far as it was seen, milliseconds. @defaultValue 30_000 */
  readonly limitMs?: number;
}

/** By these signals the native library ends on a damaged file; any other end says nothing about the file. */
const FATAL_SIGNALS: readonly unknown[] = ['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE', 'SIGTRAP'];

/**
 * Goes through everything in a folder of lmdb's, in a process of its own: the native library ends its process on many
 * kinds of damage. Call it before opening a folder that an earlier run, or an earlier power cut, has left.
 */
export async function checkLmdbFolder(folder: string, options: CheckOptions = {}): Promise<Finding> {
  const data = await stat(join(folder, 'data.mdb')).catch(() => undefined);
  if (data === undefined || data.size === 0) return { kind: 'sound' };
  const probe = fileURLToPath(options.probeUrl ?? new URL('./probe-process.js', import.meta.url));
  const timeout = options.limitMs ?? 30_000;
  return await new Promise((resolve) => {
    execFile(execPath, [probe, folder], { timeout, killSignal: 'SIGKILL' }, (error, stdout) => {
      resolve(findingOf(error, stdout));
    });
  });
}

/**
 * Renames a damaged folder to `<folder>.damaged-<time>`, where a person may look at it, and gives its new name.
 *
 * @param nowMs epoch milliseconds
 */
export async function setFolderAside(folder: string, nowMs: number): Promise<string> {
  const aside = `${folder}.damaged-${new Date(nowMs).toISOString().replaceAll(':', '-')}`;
  await rename(folder, aside);
  return aside;
}

function findingOf(error: Parameters<Parameters<typeof execFile>[3] & object>[0], stdout: string): Finding {
  if (error === null) return findingSchema.parse(JSON.parse(stdout));
  if (FATAL_SIGNALS.includes(error.signal)) {
    return { kind: 'damaged', detail: `reading it ends a process with ${error.signal}` };
  }
  if (error.killed === true) return { kind: 'sound' };
  return { kind: 'unusable', detail: `it could not be checked: ${error.message}` };
}
