import { fileURLToPath } from 'node:url';

/** A TensorFlow.js engine: its name there, and how it is made known. */
export interface TfjsEngine {
  readonly name: string;
  /** Rejects where the engine is not installed. */
  load(): Promise<unknown>;
}

/** An optional dependency; typed as any string, so that the compiler does not look for it. */
const NATIVE_PACKAGE: string = '@tensorflow/tfjs-node';

/** Fastest first: the native library where it is installed, WebAssembly (with SIMD where there is), plain JavaScript. */
export const TFJS_ENGINES: readonly TfjsEngine[] = [
  { name: 'tensorflow', load: () => import(NATIVE_PACKAGE) },
  { name: 'wasm', load: loadWasm },
  { name: 'cpu', load: () => import('@tensorflow/tfjs-backend-cpu') },
];

async function loadWasm(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(fileURLToPath(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'))));
}
