import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ImageFolder } from '../../../../src/training/images/image-folder.js';
import { readImageColumn, splitFolders } from '../../../../src/training/images/image-table.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const folderOf = (path: string, classes: string[], ...files: [string, number][]): ImageFolder => ({
  path,
  classes,
  otherFiles: 0,
  files: files.map(([name, label]) => ({ path: `${path}/${classes[label]}/${name}`, label, hash: name })),
});

describe('readImageColumn', () => {
  it('knows images by file name, and by folder and file name', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'a.csv');
    await writeFile(file, 'image,group\nhat/1.jpg,head\n2.jpg,feet\n');
    const groupOf = await readImageColumn(file, 'group');
    expect(groupOf('/data/hat/1.jpg')).toBe('head');
    expect(groupOf('/data/coat/1.jpg')).toBeUndefined();
    expect(groupOf('/data/shoe/2.jpg')).toBe('feet');
    await expect(readImageColumn(file, 'split')).rejects.toThrow('no column "split"');
    await expect(readImageColumn(join(folder.path, 'b.csv'), 'split')).rejects.toThrow('cannot be read');
  });
});

describe('splitFolders', () => {
  const data = folderOf('train', ['coat', 'hat'], ['1.jpg', 0], ['2.jpg', 1]);
  const other = folderOf('validation', ['hat'], ['3.jpg', 0], ['4.jpg', 0]);
  const parts: Record<string, string> = { '1.jpg': 'train', '2.jpg': 'validation', '3.jpg': 'train' };
  const partOf = (path: string): string | undefined => parts[path.split('/').at(-1) ?? ''];

  it('parts the images of both folders, and names those that it leaves out', () => {
    const { train, validation, warnings } = splitFolders(data, other, partOf);
    expect(train.files.map(({ path, label }) => [path, label])).toEqual([
      ['train/coat/1.jpg', 0],
      ['validation/hat/3.jpg', 1],
    ]);
    expect(validation.files.map(({ path }) => path)).toEqual(['train/hat/2.jpg']);
    expect(warnings).toEqual([expect.stringMatching(/1 images .* left out: validation\/hat\/4\.jpg/)]);
  });

  it('refuses a part that gets no image, and words it does not know', () => {
    expect(() => splitFolders(data, undefined, () => 'train')).toThrow('"validation" of no image');
    expect(() => splitFolders(data, undefined, () => 'test')).toThrow(/"train" of no image|neither/);
  });
});
