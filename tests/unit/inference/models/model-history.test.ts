import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listModelFolders, readModelFolder } from '../../../../src/inference/models/model-folder.js';
import { promoteModel, rollBackModel } from '../../../../src/inference/models/model-history.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { writeTinyModel } from '../../../helpers/tiny-model.js';

async function versionOf(directory: string, name: string): Promise<string> {
  return (await readModelFolder(join(directory, name))).manifest.version;
}

async function writeVersion(directory: string, name: string, version: string): Promise<string> {
  await writeTinyModel(directory, { bias: version.length }, { name, version });
  return join(directory, name);
}

describe('promoteModel', () => {
  it('puts a copy in the place of another under its name, and keeps both', async () => {
    await using folder = await temporaryFolder();
    await writeVersion(folder.path, 'tiny', '1');
    const next = await writeVersion(folder.path, 'tiny-next', '2');
    expect(await promoteModel(folder.path, next, 'tiny')).toEqual({
      name: 'tiny',
      version: '2',
      previousVersion: '1',
    });
    const { manifest } = await readModelFolder(join(folder.path, 'tiny'));
    expect(manifest).toMatchObject({ name: 'tiny', version: '2' });
    expect(await readFile(join(folder.path, 'tiny/README.md'), 'utf8')).toContain('Test');
    expect(await versionOf(folder.path, 'tiny-next')).toBe('2');
    expect(await listModelFolders(folder.path)).toEqual(['tiny', 'tiny-next']);
  });

  it('takes a model to a place where none was', async () => {
    await using folder = await temporaryFolder();
    await using elsewhere = await temporaryFolder();
    const next = await writeVersion(elsewhere.path, 'fresh', '1');
    expect(await promoteModel(folder.path, next, 'fresh')).toMatchObject({ previousVersion: undefined });
    await expect(rollBackModel(folder.path, 'fresh')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('refuses a broken model, and one that is in place, and leaves what is there', async () => {
    await using folder = await temporaryFolder();
    const place = await writeVersion(folder.path, 'tiny', '1');
    await expect(promoteModel(folder.path, place, 'tiny')).rejects.toMatchObject({ code: 'USAGE' });
    const next = await writeVersion(folder.path, 'next', '2');
    await writeFile(join(next, 'model.onnx'), 'something else');
    await expect(promoteModel(folder.path, next, 'tiny')).rejects.toThrow(/SHA-256/);
    await expect(promoteModel(folder.path, join(folder.path, 'none'), 'tiny')).rejects.toMatchObject({
      code: 'MODEL_INVALID',
    });
    expect(await versionOf(folder.path, 'tiny')).toBe('1');
  });

  it('can be done again after it was interrupted', async () => {
    await using folder = await temporaryFolder();
    await writeVersion(folder.path, 'tiny', '1');
    const next = await writeVersion(folder.path, 'next', '2');
    await writeVersion(join(folder.path, '.history/tiny'), 'incoming', 'half');
    await promoteModel(folder.path, next, 'tiny');
    expect(await versionOf(folder.path, 'tiny')).toBe('2');
  });
});

describe('rollBackModel', () => {
  it('goes back step by step, and forward again by promoting', async () => {
    await using folder = await temporaryFolder();
    await writeVersion(folder.path, 'tiny', '1');
    for (const version of ['2', '3']) {
      await promoteModel(folder.path, await writeVersion(folder.path, 'next', version), 'tiny');
    }
    expect(await rollBackModel(folder.path, 'tiny')).toEqual({
      name: 'tiny',
      version: '2',
      previousVersion: '3',
    });
    expect(await versionOf(folder.path, 'tiny')).toBe('2');
    await rollBackModel(folder.path, 'tiny');
    expect(await versionOf(folder.path, 'tiny')).toBe('1');
    await expect(rollBackModel(folder.path, 'tiny')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await promoteModel(folder.path, join(folder.path, 'next'), 'tiny');
    await rollBackModel(folder.path, 'tiny');
    expect(await versionOf(folder.path, 'tiny')).toBe('1');
  });

  it('brings back the last version when the folder itself is gone', async () => {
    await using folder = await temporaryFolder();
    await writeVersion(folder.path, 'tiny', '1');
    await promoteModel(folder.path, await writeVersion(folder.path, 'next', '2'), 'tiny');
    await rm(join(folder.path, 'tiny'), { recursive: true });
    await rollBackModel(folder.path, 'tiny');
    expect(await versionOf(folder.path, 'tiny')).toBe('1');
    expect(await readdir(join(folder.path, '.history/tiny'))).toEqual(['withdrawn']);
  });
});
