import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withExternalData } from '../../../../src/inference/models/external-data.js';
import {
  listModelFolders,
  type ModelFiles,
  readModelFolder,
  sha256Of,
  writeModelFolder,
} from '../../../../src/inference/models/model-folder.js';
import { externalKernel } from '../../../helpers/external-model.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { tinyManifest } from '../../../helpers/tiny-model.js';

const MODEL = Buffer.from('the model');
const LAYERS = Buffer.from(
  JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights: [] }] }),
);
const WEIGHTS: ModelFiles = new Map([
  ['a.bin', Buffer.from('a')],
  ['b.bin', Buffer.from('b')],
]);

describe(writeModelFolder, () => {
  it('writes what readModelFolder reads', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'tiny');
    await writeModelFolder(path, tinyManifest(), MODEL, '# Card\n');
    expect(await readModelFolder(path)).toEqual({
      path,
      manifest: tinyManifest({ sha256: sha256Of(MODEL) }),
      modelPath: join(path, 'model.onnx'),
      files: new Map([['model.onnx', MODEL]]),
    });
    expect(await readFile(join(path, 'README.md'), 'utf8')).toBe('# Card\n');
  });

  it('leaves no temporary files, also when it replaces a version', async () => {
    await using folder = await temporaryFolder();
    await writeModelFolder(folder.path, tinyManifest(), MODEL, '');
    await writeModelFolder(folder.path, tinyManifest({ version: '2' }), Buffer.from('another'), '');
    expect((await readdir(folder.path)).sort()).toEqual(['README.md', 'manifest.json', 'model.onnx']);
    expect((await readModelFolder(folder.path)).manifest.version).toBe('2');
  });

  it('keeps the hashes of a tf.layers model’s weights', async () => {
    await using folder = await temporaryFolder();
    await writeModelFolder(folder.path, tinyManifest({ file: 'model.json' }), LAYERS, '', WEIGHTS);
    const { manifest, files } = await readModelFolder(folder.path);
    expect(manifest.weights).toEqual({
      'a.bin': sha256Of(Buffer.from('a')),
      'b.bin': sha256Of(Buffer.from('b')),
    });
    expect([...files.keys()]).toEqual(['model.json', 'a.bin', 'b.bin']);
  });
});

describe(readModelFolder, () => {
  it.each<[string, string, string | undefined, RegExp]>([
    [
      'a model that is not the one',
      'model.json',
      `${LAYERS} `,
      /model\.json: its SHA-256 is .*, but manifest\.json says/,
    ],
    ['weights that are not the ones', 'b.bin', 'c', /b\.bin: its SHA-256 is .*, but manifest\.json says/],
    ['weights that are missing', 'a.bin', undefined, /a\.bin cannot be read: ENOENT/],
    ['a model that is missing', 'model.json', undefined, /model\.json cannot be read: ENOENT/],
    ['a manifest that is missing', 'manifest.json', undefined, /manifest\.json cannot be read: ENOENT/],
    ['a manifest that is not JSON', 'manifest.json', '{', /manifest\.json is not JSON/],
    ['a manifest of UTF-16', 'manifest.json', '{\0}\0', /manifest\.json is not JSON: it is UTF-16/],
    ['a manifest that is wrong', 'manifest.json', '{"kind":"sequence"}', /manifest\.json:\n.*name.*version/s],
  ])('refuses %s, naming the file', async (_, file, content, words) => {
    await using folder = await temporaryFolder();
    await writeModelFolder(folder.path, tinyManifest({ file: 'model.json' }), LAYERS, '', WEIGHTS);
    if (content === undefined) await rm(join(folder.path, file));
    else await writeFile(join(folder.path, file), content);
    const failure = await readModelFolder(folder.path).catch((error) => error);
    expect(failure).toMatchObject({ code: 'MODEL_INVALID' });
    expect(failure.message).toMatch(words);
    expect(failure.message).toContain(folder.path);
  });

  it('takes a manifest with a byte order mark', async () => {
    await using folder = await temporaryFolder();
    await writeModelFolder(folder.path, tinyManifest(), MODEL, '');
    const file = join(folder.path, 'manifest.json');
    await writeFile(file, `\uFEFF${await readFile(file, 'utf8')}`);
    expect((await readModelFolder(folder.path)).manifest.name).toBe('tiny');
  });

  it('takes a tf.layers model from elsewhere, whose weights have no hashes', async () => {
    await using folder = await temporaryFolder();
    const manifest = tinyManifest({ file: 'model.json', sha256: sha256Of(LAYERS) });
    await writeFile(join(folder.path, 'manifest.json'), JSON.stringify(manifest));
    await writeFile(join(folder.path, 'model.json'), LAYERS);
    for (const [file, content] of WEIGHTS) await writeFile(join(folder.path, file), content);
    expect((await readModelFolder(folder.path)).files.size).toBe(3);
  });
});

describe('an ONNX model that keeps values in other files', () => {
  const write = async (path: string, location: string, weights?: Record<string, string>) => {
    const { model, file } = externalKernel({ location });
    const manifest = tinyManifest({ sha256: sha256Of(model), ...(weights === undefined ? {} : { weights }) });
    await writeFile(join(path, 'manifest.json'), JSON.stringify(manifest));
    await writeFile(join(path, 'model.onnx'), model);
    return file;
  };
  const refusal = async (path: string): Promise<unknown> =>
    await readModelFolder(path).catch((error) => error.message);

  it('is read with those that lie beside it and whose hash the manifest has', async () => {
    await using folder = await temporaryFolder();
    const { model, file } = externalKernel({ location: 'kernel.bin' });
    await write(folder.path, 'kernel.bin', { 'kernel.bin': sha256Of(file) });
    await writeFile(join(folder.path, 'kernel.bin'), file);
    const { files } = await readModelFolder(folder.path);
    expect([...files.keys()]).toEqual(['model.onnx']);
    expect(files.get('model.onnx')).toEqual(withExternalData(model, new Map([['kernel.bin', file]])));
  });

  it('is refused where a file is another, or its hash is not told', async () => {
    await using folder = await temporaryFolder();
    const file = await write(folder.path, 'kernel.bin', { 'kernel.bin': sha256Of(Buffer.from('another')) });
    await writeFile(join(folder.path, 'kernel.bin'), file);
    expect(await refusal(folder.path)).toMatch(/kernel\.bin: its SHA-256 is .*, but manifest\.json says/);
    await write(folder.path, 'kernel.bin');
    expect(await refusal(folder.path)).toContain(
      `write "weights": {"kernel.bin": "${sha256Of(file)}"} into it`,
    );
  });

  it.each(['/etc/passwd', '../secret', 'below/kernel.bin', './kernel.bin', '..', '', 'a\0b'])(
    'is refused where it names %j, which is not even opened',
    async (location) => {
      await using folder = await temporaryFolder();
      await write(folder.path, location);
      expect(await refusal(folder.path)).toMatch(
        /model\.onnx: it keeps values in ".*"; they must be in a file beside it/,
      );
    },
  );

  it.each(['kernel.bin', 'model.onnx'])(
    'is refused where %s is a link that leads out of the folder',
    async (name) => {
      await using folder = await temporaryFolder();
      const path = join(folder.path, 'model');
      await mkdir(path);
      const file = await write(path, 'kernel.bin', { 'kernel.bin': sha256Of(Buffer.alloc(96)) });
      await writeFile(join(path, 'kernel.bin'), file);
      await rename(join(path, name), join(folder.path, 'secret'));
      await symlink('../secret', join(path, name));
      expect(await refusal(path)).toMatch(/cannot be read: it is a link that leads out of the model folder/);
    },
  );

  it('is read in a folder that is itself a link, by links that stay in it', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'versions');
    await writeModelFolder(path, tinyManifest(), MODEL, '');
    await rename(join(path, 'model.onnx'), join(path, 'data'));
    await symlink('data', join(path, 'model.onnx'));
    await symlink('versions', join(folder.path, 'current'));
    expect((await readModelFolder(join(folder.path, 'current'))).files.get('model.onnx')).toEqual(MODEL);
  });
});

describe(listModelFolders, () => {
  it('names the folders that have a manifest, in alphabetical order', async () => {
    await using folder = await temporaryFolder();
    for (const name of ['b', 'a']) await writeModelFolder(join(folder.path, name), tinyManifest(), MODEL, '');
    await mkdir(join(folder.path, 'empty'));
    await writeFile(join(folder.path, 'README.md'), '');
    expect(await listModelFolders(folder.path)).toEqual(['a', 'b']);
  });

  it('finds none where there is no folder', async () => {
    await using folder = await temporaryFolder();
    expect(await listModelFolders(join(folder.path, 'missing'))).toEqual([]);
  });
});
