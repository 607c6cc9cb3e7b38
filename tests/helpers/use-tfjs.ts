import { setBackend } from '@tensorflow/tfjs-core';
import { TFJS_ENGINES } from '../../src/inference/workers/tfjs-engines.js';

/** Makes TensorFlow.js compute with this backend, whatever an earlier test file has left in the thread. */
export async function useTfjs(backend: 'wasm' | 'cpu'): Promise<void> {
  await TFJS_ENGINES.find(({ name }) => name === backend)?.load();
  if (!(await setBackend(backend))) throw new Error(`TensorFlow.js has no backend "${backend}"`);
}
