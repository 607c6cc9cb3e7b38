import { getBackend, setBackend } from '@tensorflow/tfjs-core';
import { startFastestEngine, TFJS_ENGINES } from '../inference/workers/tfjs-engines.js';
import { GatewayError, messageOf } from '../shared/errors.js';

/** What TensorFlow.js may compute with: plain JavaScript, WebAssembly, its native library, or the fastest of them that works here. */
export type TfjsBackend = 'cpu' | 'wasm' | 'tensorflow' | 'fastest';

/**
 * Makes TensorFlow.js ready. A thread has one backend; if another part has chosen one already, that is kept.
 *
 * @returns the name of the backend in use
 * @throws GatewayError `TRAINING_FAILED` when it cannot be used here
 */
export async function startTfjs(backend: TfjsBackend): Promise<string> {
  const current = getBackend();
  if (current !== undefined) return current;
  try {
    if (backend === 'fastest') return (await startFastestEngine()).name;
    await TFJS_ENGINES.find(({ name }) => name === backend)?.load();
    if (await setBackend(backend)) return backend;
    throw new Error('it does not start');
  } catch (error) {
    throw new GatewayError(
      'TRAINING_FAILED',
      `TensorFlow.js cannot use its backend "${backend}" on this machine: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
