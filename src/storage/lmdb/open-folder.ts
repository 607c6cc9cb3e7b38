import { rm } from 'node:fs/promises';
import type { Clock } from '../../shared/clock.js';
import { messageOf } from '../../shared/errors.js';
import { makeFolder } from '../../shared/files.js';
import { type CheckOptions, checkLmdbFolder, setFolderAside } from './check-folder.js';
import { copyFolder } from './rewrite-folder.js';

export interface SoundFolder extends CheckOptions {
  /** Made if it is not there. */
  readonly path: string;
  readonly clock: Clock;
  /** The folder was damaged and has been renamed to `aside`; what was in it is not used. */
  readonly onSetAside?: ((aside: string, detail: string) => void) | undefined;
}

/**
 * Makes a folder of lmdb's if it is not there, removes a copy that was not finished, and sets the folder aside, with an empty one in its place, if it is damaged.
 *
 * @throws Error that says why the folder cannot be used
 */
export async function makeSound({ path, clock, onSetAside, ...options }: SoundFolder): Promise<void> {
  await makeFolder(path);
  await rm(copyFolder(path), { recursive: true, force: true });
  const finding = await checkLmdbFolder(path, options);
  if (finding.kind === 'unusable') throw new Error(finding.detail);
  if (finding.kind === 'sound') return;
  const aside = await setFolderAside(path, clock.nowMs());
  await makeFolder(path);
  onSetAside?.(aside, finding.detail);
}

/** What went wrong in a commit: lmdb rejects it with an error whose `commitError` is a promise of the real one. */
export async function commitReason(error: unknown): Promise<string> {
  if (error instanceof Error && 'commitError' in error) {
    try {
      await error.commitError;
    } catch (cause) {
      return messageOf(cause);
    }
  }
  return messageOf(error);
}
