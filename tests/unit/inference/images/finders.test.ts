import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Finders } from '../../../../src/inference/images/finders.js';
import type { ImageManifest } from '../../../../src/inference/models/manifest.js';
import { readManifest } from '../../../../src/inference/models/model-folder.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const NAME = 'apparel-worn';

async function shippedManifest(): Promise<ImageManifest> {
  const manifest = await readManifest(join('models', NAME));
  if (manifest.kind !== 'image') throw new Error(`${NAME} is no image model`);
  return manifest;
}

describe('the shipped network that finds people', () => {
  it('finds nobody where there is nothing, whatever the proportions of the picture', async () => {
    await using finders = new Finders('models', () => undefined);
    const finder = await finders.of(await shippedManifest());
    for (const [widthPixels, heightPixels] of [
      [640, 480],
      [30, 900],
    ] as const) {
      const data = new Uint8Array(widthPixels * heightPixels * 3).fill(120);
      expect(await finder?.find({ widthPixels, heightPixels, data })).toEqual([]);
    }
  });

  it('is done without when its file is missing, said once, and refused when it is another', async () => {
    await using folder = await temporaryFolder();
    await cp(join('models', NAME), join(folder.path, NAME), { recursive: true });
    const file = join(folder.path, NAME, 'people.onnx');
    await rm(file);
    const said: string[] = [];
    await using finders = new Finders(folder.path, (words) => said.push(words));
    const manifest = await shippedManifest();
    expect([await finders.of(manifest), await finders.of(manifest)]).toEqual([undefined, undefined]);
    expect(said).toEqual([
      expect.stringMatching(/people\.onnx is missing: apparel-worn looks at pictures as a whole/),
    ]);
    await writeFile(file, 'something else');
    await expect(finders.of({ ...manifest })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });
});
