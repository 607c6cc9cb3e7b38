import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEVICE_ID_RULE, parseDeviceId } from '../../../src/domain/ids.js';
import {
  fileNameOf,
  isFolder,
  makeFolder,
  PRIVATE_FOLDER,
  watchFolders,
  writeAtomically,
} from '../../../src/shared/files.js';
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

const name = fc
  .oneof(
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/),
    fc.constantFrom(
      'con',
      'CON',
      'con.',
      'Con.txt',
      'lpt1',
      'p:1',
      'p_1',
      'P:1',
      'p.',
      'p:',
      'nul-1',
      'X'.repeat(64),
    ),
  )
  .filter((text) => parseDeviceId(text) !== undefined);

describe(fileNameOf, () => {
  it(`gives each name (${DEVICE_ID_RULE}) a file of its own, also where case is not told apart`, () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(fileNameOf(one).toLowerCase() === fileNameOf(other).toLowerCase()).toBe(one === other);
      }),
    );
  });

  it('gives names that every file system takes', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(fileNameOf(text)).toMatch(/^[a-z0-9_=+.-]{1,180}(?<!\.)$/);
        expect(fileNameOf(text)).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
      }),
    );
  });

  it.each([
    ['phone-0001', 'phone-0001'],
    ['Anna', '=anna'],
    ['p:1', 'p=+1'],
    ['con', '=_con'],
    ['p.1.', 'p.1=-'],
  ])('writes %s as %s', (text, file) => {
    expect(fileNameOf(text)).toBe(file);
  });
});

describe(writeAtomically, () => {
  it('replaces a link instead of what it points to', async () => {
    await using folder = await temporaryFolder();
    const victim = join(folder.path, 'victim');
    await writeFile(victim, 'mine');
    const path = join(folder.path, 'file');
    await symlink(victim, `${path}.new`);
    await writeAtomically(path, 'new');
    expect(await readFile(victim, 'utf8')).toBe('mine');
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it('says which file cannot be written and why, and leaves nothing half done', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'file');
    await mkdir(path);
    await expect(writeAtomically(path, 'new')).rejects.toMatchObject({
      code: 'DISK_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining(`${path} cannot be written: `),
    });
    expect(await readdir(folder.path)).toEqual(['file']);
  });
});

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
