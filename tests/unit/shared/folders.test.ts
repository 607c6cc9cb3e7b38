import { existsSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isFolder, makeFolder, PRIVATE_FOLDER } from '../../../src/shared/folders.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

describe(makeFolder, () => {
  it('makes the folders above, too, all with the mode that is asked for', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a', 'b');
    await makeFolder(path, PRIVATE_FOLDER);
    for (const made of [path, join(folder.path, 'a')]) expect((await stat(made)).mode & 0o777).toBe(0o700);
  });

  it('leaves a folder that is there, also when many make it at once', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a', 'b');
    await Promise.all(Array.from({ length: 20 }, () => makeFolder(path)));
    await makeFolder(path);
    expect(await isFolder(path)).toBe(true);
  });

  it('says that a file is in the way', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    await expect(makeFolder(file)).rejects.toThrow(`${file} cannot be made: there is a file of that name`);
    await expect(makeFolder(join(file, 'below'))).rejects.toMatchObject({
      code: 'DISK_UNAVAILABLE',
      retryable: true,
    });
  });

  it.runIf(existsSync('/proc/self'))('comes back from folders that take no others', async () => {
    const words = '/proc/none cannot be made: the folder above it takes no new ones; use another';
    await expect(makeFolder('/proc/none')).rejects.toThrow(words);
    await expect(makeFolder('/proc/none/below')).rejects.toThrow(words);
  });
});
