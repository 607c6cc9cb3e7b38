import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { watchFolders } from '../../../src/shared/watch-folders.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

describe('watchFolders', () => {
  it('hears of a file that comes, changes or is put in the place of another', async () => {
    await using folder = await temporaryFolder();
    let heard = 0;
    using _watch = watchFolders([folder.path], () => {
      heard += 1;
    });
    const file = join(folder.path, 'file');
    await writeFile(file, 'one');
    await expect.poll(() => heard).toBe(1);
    await writeFile(file, 'two');
    await expect.poll(() => heard).toBe(2);
    await writeFile(join(folder.path, 'other'), 'three');
    await rename(join(folder.path, 'other'), file);
    await expect.poll(() => heard).toBeGreaterThan(2);
  });

  it('hears only of names that matter', async () => {
    await using folder = await temporaryFolder();
    const heard: string[] = [];
    using _one = watchFolders(
      [folder.path],
      () => heard.push('one'),
      (name) => name === 'one',
    );
    using _two = watchFolders(
      [folder.path],
      () => heard.push('two'),
      (name) => name === 'two',
    );
    await writeFile(join(folder.path, 'two'), '');
    await expect.poll(() => heard).toEqual(['two']);
  });

  it('lives with a folder that is missing', async () => {
    await using folder = await temporaryFolder();
    const missing = join(folder.path, 'missing');
    let heard = 0;
    using _watch = watchFolders([missing, folder.path], () => {
      heard += 1;
    });
    await mkdir(missing);
    await expect.poll(() => heard).toBe(1);
  });
});
