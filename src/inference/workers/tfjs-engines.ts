import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as util from 'node:util';
import { enableProdMode, setBackend } from '@tensorflow/tfjs-core';
import { messageOf } from '../../shared/errors.js';

/** A TensorFlow.js engine: its name there, and how it is made known. */
export interface TfjsEngine {
  readonly name: string;
  /** Rejects where the engine is not installed. */
  load(): Promise<unknown>;
}

/** The engine in use, and in words why no faster one is. */
export interface EngineChoice {
  readonly name: string;
  readonly notUsed: readonly string[];
}

/** An optional dependency; typed as any string, so that the compiler does not look for it. */
const NATIVE_PACKAGE: string = '@tensorflow/tfjs-node';

/** Fastest first: the native library where it is installed, WebAssembly (with SIMD where there is), plain JavaScript. */
export const TFJS_ENGINES: readonly TfjsEngine[] = [
  { name: 'tensorflow', load: () => loadNative(packageFolder(NATIVE_PACKAGE)) },
  { name: 'wasm', load: loadWasm },
  { name: 'cpu', load: () => import('@tensorflow/tfjs-backend-cpu') },
];

/** Starts the fastest engine that works here. */
export async function startFastestEngine(engines = TFJS_ENGINES): Promise<EngineChoice> {
  enableProdMode(); // without its greeting on standard error
  const notUsed: string[] = [];
  for (const { name, load } of engines) {
    try {
      await load();
      if (await setBackend(name)) return { name, notUsed };
      notUsed.push(`${name}: it does not start`);
    } catch (error) {
      notUsed.push(`${name}: ${messageOf(error)}`);
    }
  }
  throw new Error(`TensorFlow.js found no engine that works here: ${notUsed.join('; ')}`);
}

/**
 * Loads the native library, unless it is seen from outside that this must fail: the package makes other engines known before
 * it looks for its library, and takes a second to come to that.
 *
 * @param folder of the package; `undefined` where it is not installed
 */
export async function loadNative(
  folder: string | undefined,
  load: () => Promise<unknown> = () => import(NATIVE_PACKAGE),
): Promise<void> {
  if (folder === undefined) throw new Error(`${NATIVE_PACKAGE} is not installed`);
  if (!hasLibrary(folder)) {
    throw new Error(
      `${NATIVE_PACKAGE} has no native library: npm rebuild ${NATIVE_PACKAGE} --ignore-scripts=false fetches it`,
    );
  }
  if (!('isNullOrUndefined' in util)) {
    throw new Error(`${NATIVE_PACKAGE} needs util.isNullOrUndefined, which Node.js has until version 22`);
  }
  await load();
}

function packageFolder(name: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** Its installation puts the library into a folder that is named by the version of Node-API. */
function hasLibrary(folder: string): boolean {
  const lib = join(folder, 'lib');
  return existsSync(lib) && readdirSync(lib).some((name) => existsSync(join(lib, name, 'tfjs_binding.node')));
}

async function loadWasm(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(fileURLToPath(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'))));
}
