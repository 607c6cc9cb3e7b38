import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../shared/errors.js';
import { createEngineOf } from './engines.js';
import type { FoldAnswer, FoldTask } from './fold-pool.js';
import { runFold } from './run-fold.js';

/*
 * Thread that trains and tests one fold. It is told to stop by any message, and ends by itself.
 */
const port = parentPort;
if (port === null) throw new Error('fold-worker.js is started by the fold pool');

// The pool starts this file with nothing else.
const task = workerData as FoldTask;
const controller = new AbortController();
port.once('message', () => controller.abort());
const post = (answer: FoldAnswer): void => port.postMessage(answer);

try {
  const result = await runFold(task.request, {
    createEngine: createEngineOf(task.engine),
    threads: task.threads,
    signal: controller.signal,
    onProgress: ({ done }) => post({ kind: 'progress', done }),
  });
  post(controller.signal.aborted ? { kind: 'stopped' } : { kind: 'done', result });
} catch (error) {
  post({ kind: 'failed', message: messageOf(error) });
} finally {
  port.close();
}
