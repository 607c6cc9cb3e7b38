import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createRandom } from '../../random.js';
import { type FeatureClassifier, type FeatureTask, SVM_MAX_WINDOWS, sampleWindows } from './baseline.js';

/** What is used of libsvm's WebAssembly module; pointers are numbers. */
interface Libsvm {
  readonly HEAPF64: Float64Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _make_samples(data: number, labels: number, rows: number, columns: number): number;
  _make_param(...values: readonly number[]): number;
  _train_model(samples: number, parameters: number): number;
  _predict_one_with_prob(model: number, row: number, columns: number, probabilities: number): number;
}

const FLOAT64_BYTES = 8;
const C_SVC = 0;
const RADIAL = 2;
const CACHE_MB = 100;
const TOLERANCE = 1e-3;

/**
 * C-support vector machine with a radial kernel, C = 1 and gamma = 1/features, as libsvm has them by default;
 * probabilities by Platt's method, inside libsvm. Of many windows it learns from a sample.
 *
 * To be run in a thread that ends afterwards: memory of a module is given back with its thread.
 */
export const classifyBySvm: FeatureClassifier = async (task) => {
  const svm = await loadLibsvm();
  const { rows, labels } = sampleWindows(task, SVM_MAX_WINDOWS, createRandom(task.seed, 49));
  const columns = rows[0]?.length ?? 0;
  const samples = svm._make_samples(
    toHeap(
      svm,
      rows.flatMap((row) => [...row]),
    ),
    toHeap(svm, labels),
    rows.length,
    columns,
  );
  const model = svm._train_model(samples, parametersOf(svm, columns));
  // libsvm numbers classes in the order in which they first occur.
  const order = [...new Set(labels)];
  return probabilitiesOf(svm, model, order, task);
};

function parametersOf(svm: Libsvm, columns: number): number {
  const [degree, coef0, nu, cost, p, shrinking, probability, weights] = [3, 0, 0.5, 1, 0.1, 1, 1, 0];
  return svm._make_param(
    ...[C_SVC, RADIAL, degree, 1 / columns, coef0, nu, CACHE_MB, cost],
    ...[TOLERANCE, p, shrinking, probability, weights, 0, 0],
  );
}

function probabilitiesOf(
  svm: Libsvm,
  model: number,
  order: readonly number[],
  task: FeatureTask,
): Float32Array {
  const result = new Float32Array(task.test.length * task.classes);
  const answer = svm._malloc(order.length * FLOAT64_BYTES);
  task.test.forEach((row, index) => {
    const values = toHeap(svm, row);
    svm._predict_one_with_prob(model, values, row.length, answer);
    svm._free(values);
    order.forEach((label, at) => {
      result[index * task.classes + label] = svm.HEAPF64[answer / FLOAT64_BYTES + at] ?? 0;
    });
  });
  return result;
}

function toHeap(svm: Libsvm, values: ArrayLike<number>): number {
  const pointer = svm._malloc(values.length * FLOAT64_BYTES);
  svm.HEAPF64.set(values, pointer / FLOAT64_BYTES);
  return pointer;
}

/** The package has CommonJS only, types that need Emscripten's, and looks for its own file by `fetch`. */
async function loadLibsvm(): Promise<Libsvm> {
  const require = createRequire(import.meta.url);
  const create: (settings: object) => Promise<Libsvm> = require('libsvm-wasm/dist/libsvm.js');
  return await create({
    wasmBinary: await readFile(require.resolve('libsvm-wasm/dist/libsvm.wasm')),
    print: () => undefined,
    printErr: () => undefined,
  });
}
