import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/**
 * What is known of a folder after looking.
 *
 * - `sound`: everything in it could be read
 * - `damaged`: its file is not as it was written
 * - `unusable`: it cannot be opened, for a reason outside the file (rights, a full disk)
 */
const findingSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sound') }),
  z.object({ kind: z.literal('damaged'), detail: z.string() }),
  z.object({ kind: z.literal('unusable'), detail: z.string() }),
]);

export type Finding = z.infer<typeof findingSchema>;

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
 * kinds of damage. Call it before opening a folder that an earlier run, or a power cut, has left.
 */
export async function checkLmdbFolder(folder: string, options: CheckOptions = {}): Promise<Finding> {
  const data = await stat(join(folder, 'data.mdb')).catch(() => undefined);
  if (data === undefined || data.size === 0) return { kind: 'sound' };
  const probe = fork(
    options.probeUrl ?? fileURLToPath(new URL('./probe-process.js', import.meta.url)),
    [folder],
    {
      execArgv: [],
      stdio: 'ignore',
    },
  );
  let finding: Finding | undefined;
  let isLate = false;
  probe.once('message', (message) => {
    finding = findingSchema.parse(message);
  });
  const limit = setTimeout(() => {
    isLate = true;
    probe.kill('SIGKILL');
  }, options.limitMs ?? 30_000);
  // What it said may still be on its way when it has ended.
  const [[code, signal]] = await Promise.all([once(probe, 'exit'), once(probe, 'disconnect')]);
  clearTimeout(limit);
  if (finding !== undefined || isLate) return finding ?? { kind: 'sound' };
  const isDamaged = FATAL_SIGNALS.includes(signal);
  const detail = `checking it ended with ${signal ?? `code ${code}`}`;
  return { kind: isDamaged ? 'damaged' : 'unusable', detail };
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
