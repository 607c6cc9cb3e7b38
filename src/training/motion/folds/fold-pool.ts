import { Worker } from 'node:worker_threads';
import { GatewayError } from '../../../shared/errors.js';
import type { Method } from '../baselines/baseline.js';
import type { DataSet } from '../data/data-set.js';
import type { EngineName } from '../network/engines.js';
import type { HyperParameters } from '../network/hyper-parameters.js';
import type { FoldResult } from './cross-validate.js';
import type { Fold } from './protocols.js';

export interface FoldRequest {
  readonly dataSet: DataSet;
  readonly fold: Fold;
  readonly targets: readonly string[];
  readonly hyper: HyperParameters;
  /** What to train. @defaultValue the network */
  readonly method?: Method;
}

/** What a fold's thread starts with. */
export interface FoldTask {
  readonly request: FoldRequest;
  readonly engine: EngineName;
  readonly threads: number;
}

/** What a fold's thread says. */
export type FoldAnswer =
  | { readonly kind: 'progress'; readonly done: number }
  | { readonly kind: 'done'; readonly result: FoldResult }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string };

export interface FoldPoolOptions {
  readonly engine: EngineName;
  /** Folds trained at the same time, each on one thread. */
  readonly workers: number;
  /** Ends all folds; those that are not complete have no result. */
  readonly signal: AbortSignal;
  /** Told of each complete fold, before the next one begins. */
  readonly onResult?: (result: FoldResult) => Promise<void>;
  /** @param done of all folds together, 0..1 */
  readonly onProgress: (done: number) => void;
  /** The compiled `fold-worker.js`. */
  readonly workerUrl?: URL;
}

/**
 * Trains and tests folds in parallel threads.
 *
 * @returns results of the complete folds, in the order of the requests
 * @throws GatewayError `TRAINING_FAILED` when a fold fails
 */
export async function runFolds(
  requests: readonly FoldRequest[],
  options: FoldPoolOptions,
): Promise<FoldResult[]> {
  const done = requests.map(() => 0);
  const results: (FoldResult | undefined)[] = requests.map(() => undefined);
  const waiting = [...requests.entries()];
  const runNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !options.signal.aborted; next = waiting.shift()) {
      const [index, request] = next;
      const report = (share: number): void => {
        done[index] = share;
        options.onProgress(done.reduce((sum, value) => sum + value, 0) / requests.length);
      };
      const result = await runInThread(request, options, report);
      if (result === undefined) continue;
      results[index] = result;
      await options.onResult?.(result);
      report(1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.workers, requests.length) }, runNext));
  return results.filter((result) => result !== undefined);
}

/** Never terminates the thread: ending one inside ONNX Runtime takes the whole process with it. */
async function runInThread(
  request: FoldRequest,
  options: FoldPoolOptions,
  onProgress: (done: number) => void,
): Promise<FoldResult | undefined> {
  const task: FoldTask = { request, engine: options.engine, threads: 1 };
  const worker = new Worker(options.workerUrl ?? new URL('./fold-worker.js', import.meta.url), {
    workerData: task,
  });
  const stop = (): void => worker.postMessage('stop');
  options.signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<FoldResult | undefined>((resolve, reject) => {
      const fail = (message: string, cause?: unknown): void =>
        reject(new GatewayError('TRAINING_FAILED', `fold "${request.fold.name}": ${message}`, { cause }));
      worker.on('message', (answer: FoldAnswer) => {
        if (answer.kind === 'progress') onProgress(answer.done);
        else if (answer.kind === 'failed') fail(answer.message);
        else resolve(answer.kind === 'done' ? answer.result : undefined);
      });
      worker.on('error', (error) => fail(error.message, error));
      worker.on('exit', (code) => fail(`its thread ended with code ${code}`));
    });
  } finally {
    options.signal.removeEventListener('abort', stop);
  }
}
