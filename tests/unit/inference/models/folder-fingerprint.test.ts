import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprintFolder } from '../../../../src/inference/models/model-folder.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

describe(fingerprintFolder, () => {
  it('stays the same while nothing is written', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'a'), 'one');
    expect(await fingerprintFolder(folder.path)).toBe(await fingerprintFolder(folder.path));
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ['a file is written', (path) => writeFile(join(path, 'a'), 'longer')],
    ['a file is added', (path) => writeFile(join(path, 'b'), '')],
    ['a file is removed', (path) => rm(join(path, 'a'))],
    ['a file is replaced by one of the same size', (path) => replace(path)],
    ['the folder is gone', (path) => rm(path, { recursive: true })],
  ])('changes when %s', async (_, change) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'model');
    await mkdir(path);
    await writeFile(join(path, 'a'), 'one');
    const before = await fingerprintFolder(path);
    await change(path);
    expect(await fingerprintFolder(path)).not.toBe(before);
  });
});

async function replace(path: string): Promise<void> {
  await writeFile(join(path, '../new'), 'two');
  await rename(join(path, '../new'), join(path, 'a'));
}
