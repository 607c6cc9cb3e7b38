import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../..');

/** The compiled inference worker: tests run the sources, threads run what was built. */
export const INFERENCE_WORKER = pathToFileURL(join(root, 'build/inference/workers/inference-worker.js'));

/** The same, with ways to end it; see there. */
export const FRAGILE_WORKER = pathToFileURL(join(root, 'tests/fixtures/fragile-worker.mjs'));

/** The compiled worker that trains a fold. */
export const FOLD_WORKER = pathToFileURL(join(root, 'build/training/motion/folds/fold-worker.js'));

/** The compiled process that looks for damage in a folder of lmdb's. */
export const LMDB_PROBE = pathToFileURL(join(root, 'build/storage/lmdb/probe-process.js'));
