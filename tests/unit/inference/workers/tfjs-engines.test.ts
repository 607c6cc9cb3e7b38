import { getBackend, setBackend } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { TFJS_ENGINES } from '../../../../src/inference/workers/tfjs-backend.js';

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
