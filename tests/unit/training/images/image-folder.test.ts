import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ImageManifest } from '../../../../src/inference/models/manifest.js';
import { evaluateImages } from '../../../../src/training/images/evaluate-images.js';
import { imageClassWeights, readImageFolder } from '../../../../src/training/images/image-folder.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const MANIFEST: ImageManifest = {
  name: 'garments',
  version: '1',
  kind: 'image',
  file: 'model.onnx',
  sha256: '',
  input: 'image',
  layout: 'nchw',
  widthPixels: 16,
  heightPixels: 16,
  resize: 'stretch',
  channelOrder: 'rgb',
  mean: [0, 0, 0],
  std: [1, 1, 1],
  output: 'probabilities',
  scores: 'probabilities',
  classes: ['hat', 'shoe'],
  provenance: { data: '', licence: '', protocol: '', metrics: {} },
};
const OPTIONS = { threads: 1, signal: new AbortController().signal, onProgress: () => undefined };

describe('readImageFolder', () => {
  it('takes folders as classes, in alphabetical order, and leaves other files alone', async () => {
    await using folder = await temporaryFolder();
    for (const [name, files] of Object.entries({
      shoe: ['a.JPG', 'b.webp'],
      hat: ['c.png', 'notes.txt'],
      '.git': ['x.jpg'],
    })) {
      await mkdir(join(folder.path, name));
      for (const file of files) await writeFile(join(folder.path, name, file), file);
    }
    const read = await readImageFolder(folder.path);
    expect(read.classes).toEqual(['hat', 'shoe']);
    expect(read.files.map(({ label }) => label)).toEqual([0, 1, 1]);
    expect(read.otherFiles).toBe(1);
  });

  it('refuses a folder that is not there, and one without images', async () => {
    await using folder = await temporaryFolder();
    await expect(readImageFolder(join(folder.path, 'nowhere'))).rejects.toMatchObject({
      code: 'IMAGES_INVALID',
    });
    await mkdir(join(folder.path, 'hat'));
    await expect(readImageFolder(folder.path)).rejects.toThrow('one folder a class');
  });
});

describe('evaluateImages', () => {
  it('refuses folders that are no labels of the model before it loads anything', async () => {
    const folder = { path: 'data', classes: ['coat', 'hat'], files: [], otherFiles: 0 };
    await expect(evaluateImages(MANIFEST, new Uint8Array(), folder, OPTIONS)).rejects.toMatchObject({
      code: 'IMAGES_INVALID',
      message: expect.stringMatching(/coat; its labels are hat, shoe/),
    });
  });
});

describe('imageClassWeights', () => {
  it('lets classes count alike, with a mean over the images of 1', () => {
    expect(imageClassWeights([0, 0, 0, 1], 2, 'balanced')).toEqual([2 / 3, 2]);
    expect(imageClassWeights([0, 0, 0, 1], 2, 'none')).toEqual([1, 1]);
  });
});
