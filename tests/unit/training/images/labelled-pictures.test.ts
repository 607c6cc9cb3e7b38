import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLabelledPictures, requireLearnable } from '../../../../src/training/images/labelled-pictures.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

async function folderWith(csv: string, ...pictures: readonly string[]) {
  const folder = await temporaryFolder();
  await mkdir(join(folder.path, 'photos'));
  for (const name of pictures) await writeFile(join(folder.path, name), '');
  await writeFile(join(folder.path, 'labels.csv'), csv);
  return folder;
}

const refusal = async (csv: string, ...pictures: readonly string[]): Promise<string> => {
  await using folder = await folderWith(csv, ...pictures);
  try {
    requireLearnable(await readLabelledPictures(folder.path));
    return '';
  } catch (error) {
    expect(error).toMatchObject({ code: 'IMAGES_INVALID' });
    return error instanceof Error ? error.message : '';
  }
};

describe(readLabelledPictures, () => {
  it('takes columns of 0 and 1 for labels, and finds pictures beside the file and in photos, with and without ending', async () => {
    await using folder = await folderWith(
      '\uFEFFimage,hat,coat,tags\na.png,1,0,red hat\n0002,0,1,coat\n',
      'a.png',
      'photos/0002.jpg',
    );
    const { labels, pictures, otherColumns } = await readLabelledPictures(folder.path);
    expect(labels).toEqual(['hat', 'coat']);
    expect(otherColumns).toEqual(['tags']);
    expect(pictures).toEqual([
      { path: join(folder.path, 'a.png'), has: [true, false] },
      { path: join(folder.path, 'photos/0002.jpg'), has: [false, true] },
    ]);
  });

  it('names pictures that are not there, and follows no path out of the folder', async () => {
    expect(await refusal('image,hat,coat\na,1,0\n../b,0,1\n')).toMatch(/names 2 pictures .*: a, \.\.\/b$/);
  });

  it('says which line and column has something else than 0 and 1', async () => {
    const csv = 'image,hat,coat\na.png,1,0\nb.png,maybe,1\nc.png,0,1\n';
    const words = await refusal(csv, 'a.png', 'b.png', 'c.png');
    expect(words).toMatch(/labels\.csv line 3, "hat": expected 0 or 1$/);
  });

  it.each([
    ['no column "image"', 'name,hat,coat\na.png,1,0\n'],
    ['names no picture', 'image,hat,coat\n'],
    ['more than once', 'image,hat,coat\na.png,1,0\na.png,0,1\n'],
    ['two columns of one name', 'image,hat,hat\na.png,1,0\n'],
    ['has 1 label;', 'image,hat\na.png,1\nb.png,1\n'],
    ['0 pictures have the label "coat"', 'image,hat,coat\na.png,1,0\nb.png,1,0\n'],
    ['cannot be read', 'image,hat\n"a.png,1\n'],
  ])('refuses a file that %s', async (words, csv) => {
    expect(await refusal(csv, 'a.png', 'b.png')).toContain(words);
  });
});
