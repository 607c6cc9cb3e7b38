import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.js';

/**
 * Tests on a disk of a few megabytes (a tmpfs), new for each test. Mounting needs root: without, they are skipped, and
 * their name says so.
 *
 * @param body is given a function that tells the folder the disk is mounted on
 */
export function onSmallDisk(name: string, megabytes: number, body: (disk: () => string) => void): void {
  if (!canMount()) {
    describe.skip(`${name} (skipped: a small disk can only be mounted by root)`, () => body(() => ''));
    return;
  }
  describe(name, () => {
    let folder: TemporaryFolder | undefined;
    beforeEach(async () => {
      folder = await temporaryFolder();
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder.path]);
    });
    afterEach(async () => {
      if (folder === undefined) return;
      execFileSync('umount', ['-l', folder.path]);
      await folder[Symbol.asyncDispose]();
    });
    body(() => folder?.path ?? '');
  });
}

function canMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
