import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type EmbeddingIndex,
  readIndex,
  writeIndex,
} from '../../../../src/inference/images/embedding-index.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const INDEX: EmbeddingIndex = {
  model: 'colour',
  modelVersion: '1',
  dimensions: 2,
  items: [
    { id: 'a/1.jpg', label: 'a' },
    { id: '2.jpg', label: '' },
  ],
  vectors: Float32Array.of(1, 0, 0.6, 0.8),
};

describe('an index on the disk', () => {
  it('is read as it was written, and replaced as a whole', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'index');
    await writeIndex(path, INDEX);
    expect(await readIndex(path)).toEqual(INDEX);
    const other = { ...INDEX, vectors: Float32Array.of(0, 1, 1, 0) };
    await writeIndex(path, other);
    expect(await readIndex(path)).toEqual(other);
    expect(await readdir(path)).toHaveLength(2);
  });

  it.each<[string, (path: string) => Promise<unknown>]>([
    ['is not there', (path) => rm(path, { recursive: true })],
    [
      'has no vectors',
      async (path) => {
        for (const name of await readdir(path)) if (name.endsWith('.f32')) await rm(join(path, name));
      },
    ],
    [
      'has too few vectors',
      async (path) => {
        for (const name of await readdir(path))
          if (name.endsWith('.f32')) await writeFile(join(path, name), 'x');
      },
    ],
    ['is no index', (path) => writeFile(join(path, 'index.json'), '{"format":2}')],
    [
      'names a file elsewhere',
      (path) =>
        writeFile(
          join(path, 'index.json'),
          JSON.stringify({ ...INDEX, format: 1, vectors: undefined, file: '../../etc/passwd' }),
        ),
    ],
  ])('is refused with what to do when it %s', async (_, spoil) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'index');
    await writeIndex(path, INDEX);
    await spoil(path);
    await expect(readIndex(path)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('alongside apparel index FOLDER'),
    });
  });
});
