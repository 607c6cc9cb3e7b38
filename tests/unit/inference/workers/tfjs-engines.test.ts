import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as util from 'node:util';
import { findBackendFactory, getBackend, setBackend } from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import {
  loadNative,
  startFastestEngine,
  TFJS_ENGINES,
} from '../../../../src/inference/workers/tfjs-engines.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { useTfjs } from '../../../helpers/use-tfjs.js';

describe('TFJS_ENGINES', () => {
  it('prefers the native library to WebAssembly to JavaScript', () => {
    expect(TFJS_ENGINES.map(({ name }) => name)).toEqual(['tensorflow', 'wasm', 'cpu']);
  });

  it.each(['wasm', 'cpu'])('can load %s', async (name) => {
    await TFJS_ENGINES.find((engine) => engine.name === name)?.load();
    expect(await setBackend(name)).toBe(true);
    expect(getBackend()).toBe(name);
  });
});

describe(loadNative, () => {
  it('says that the package is not installed', async () => {
    const load = vi.fn();
    await expect(loadNative(undefined, load)).rejects.toThrow('@tensorflow/tfjs-node is not installed');
    expect(load).not.toHaveBeenCalled();
  });

  it.each([[['package.json']], [['package.json', 'lib/napi-v8/note.txt']]])(
    'does not import a package without its library: %j',
    async (files) => {
      await using folder = await packageWith(files);
      const load = vi.fn();
      await expect(loadNative(folder.path, load)).rejects.toThrow(/no native library: npm rebuild/);
      expect(load).not.toHaveBeenCalled();
    },
  );

  it('imports a package with its library, where Node.js has what it calls', async () => {
    await using folder = await packageWith(['package.json', 'lib/napi-v8/tfjs_binding.node']);
    const load = vi.fn(() => Promise.resolve());
    const loading = loadNative(folder.path, load);
    if ('isNullOrUndefined' in util) await expect(loading).resolves.toBeUndefined();
    else await expect(loading).rejects.toThrow('until version 22');
    expect(load).toHaveBeenCalledTimes('isNullOrUndefined' in util ? 1 : 0);
  });
});

describe(startFastestEngine, () => {
  it('takes the next engine, with the reason why the faster one is not used', async () => {
    await useTfjs('cpu');
    const engines = [
      { name: 'tensorflow', load: () => Promise.reject(new Error('no library')) },
      { name: 'unheard-of', load: () => Promise.resolve() },
      { name: 'cpu', load: () => Promise.resolve() },
      { name: 'wasm', load: () => Promise.reject(new Error('never asked')) },
    ];
    await expect(startFastestEngine(engines)).resolves.toEqual({
      name: 'cpu',
      notUsed: ['tensorflow: no library', expect.stringMatching(/^unheard-of: .*not found/)],
    });
  });

  it('leaves nothing behind of a package that is there by half', async () => {
    await useTfjs('cpu');
    const { name, notUsed } = await startFastestEngine();
    if (name === 'tensorflow') return expect(notUsed).toEqual([]);
    expect(notUsed).toEqual([expect.stringMatching(/^tensorflow: @tensorflow\/tfjs-node /)]);
    expect(findBackendFactory('tensorflow') ?? null).toBeNull();
    expect(findBackendFactory('webgl') ?? null).toBeNull();
  });

  it('names every engine when none works', async () => {
    const engines = [{ name: 'tensorflow', load: () => Promise.reject(new Error('no library')) }];
    await expect(startFastestEngine(engines)).rejects.toThrow(
      'no engine that works here: tensorflow: no library',
    );
  });
});

async function packageWith(files: readonly string[]) {
  const folder = await temporaryFolder();
  for (const file of files) {
    await mkdir(join(folder.path, file, '..'), { recursive: true });
    await writeFile(join(folder.path, file), '');
  }
  return folder;
}
