import { fileURLToPath } from 'node:url';
import { getBackend, setBackend } from '@tensorflow/tfjs-core';
import { GatewayError } from '../shared/errors.js';

/** What TensorFlow.js may compute with: plain JavaScript, WebAssembly, or its native library where installed. */
export type TfjsBackend = 'cpu' | 'wasm' | 'tensorflow';

/**
 * Makes TensorFlow.js ready. A thread has one backend; if another part has chosen one already, that is kept.
 *
 * @returns the name of the backend in use
 * @throws GatewayError `TRAINING_FAILED` when it cannot be used here
 */
export async function startTfjs(backend: TfjsBackend): Promise<string> {
  const current = getBackend();
  if (current !== undefined) return current;
  await loadBackend(backend);
  if (await setBackend(backend)) return backend;
  throw new GatewayError(
    'TRAINING_FAILED',
    `TensorFlow.js cannot use its backend "${backend}" on this machine`,
  );
}

/** An optional dependency; typed as any string, so that the compiler does not look for it. */
const NATIVE_PACKAGE: string = '@tensorflow/tfjs-node';

async function loadBackend(backend: TfjsBackend): Promise<void> {
  switch (backend) {
    case 'tensorflow':
      await import(NATIVE_PACKAGE);
      return;
    case 'cpu':
      await import('@tensorflow/tfjs-backend-cpu');
      return;
    case 'wasm': {
      const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
      setWasmPaths(fileURLToPath(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'))));
    }
  }
}
