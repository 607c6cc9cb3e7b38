import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeAtomically } from '../../../src/shared/write-atomically.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

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
