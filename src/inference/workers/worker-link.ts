import { Worker } from 'node:worker_threads';
import type { ModelOutputs } from '../model-version.js';
import type {
  BackendFacts,
  LoadRequest,
  RunRequest,
  WorkerAnswer,
  WorkerRequest,
} from './worker-protocol.js';

/** The worker ended without being asked to; what it was doing may succeed on another. */
export class WorkerLostError extends Error {
  override readonly name = 'WorkerLostError';
}

interface Pending {
  resolve(answer: WorkerAnswer): void;
  reject(error: Error): void;
}

/** One inference worker: questions and answers, and the news of its end. */
export class WorkerLink {
  /** Settles when the thread has ended. */
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #isClosing = false;
  #end: WorkerLostError | undefined;

  /** @param onLost called once if the worker ends before {@link close} was called, after all questions were rejected */
  constructor(url: URL, onLost: (error: WorkerLostError) => void) {
    this.#worker = new Worker(url);
    let cause: unknown;
    this.#worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    this.#worker.on('error', (error) => {
      cause = error;
    });
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        const error = new WorkerLostError(`inference worker ended with code ${code}`, { cause });
        this.#end = error;
        for (const { reject } of this.#pending.values()) reject(error);
        this.#pending.clear();
        resolve();
        if (!this.#isClosing) onLost(error);
      });
    });
  }

  async load(request: Omit<LoadRequest, 'kind' | 'id'>): Promise<BackendFacts> {
    const answer = await this.#ask((id) => ({ kind: 'load', id, ...request }));
    if (answer.kind !== 'loaded') throw unexpected(answer);
    return answer;
  }

  async run(request: Omit<RunRequest, 'kind' | 'id'>): Promise<ModelOutputs> {
    const answer = await this.#ask((id) => ({ kind: 'run', id, ...request }));
    if (answer.kind !== 'ran') throw unexpected(answer);
    return answer.outputs;
  }

  async unload(model: number): Promise<void> {
    const answer = await this.#ask((id) => ({ kind: 'unload', id, model }));
    if (answer.kind !== 'unloaded') throw unexpected(answer);
  }

  /**
   * Lets the worker answer what it was asked and end. There is no way to end it sooner: a thread that is terminated
   * inside ONNX Runtime's `run` takes the whole process with it.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#post({ kind: 'close' });
    await this.ended;
  }

  #ask(requestOf: (id: number) => WorkerRequest): Promise<WorkerAnswer> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) throw this.#end;
      this.#pending.set(id, { resolve, reject });
      this.#post(requestOf(id));
    });
  }

  #post(request: WorkerRequest): void {
    this.#worker.postMessage(request);
  }

  #settle(answer: WorkerAnswer): void {
    this.#pending.get(answer.id)?.resolve(answer);
    this.#pending.delete(answer.id);
  }
}

function unexpected(answer: WorkerAnswer): Error {
  return new Error(answer.kind === 'failed' ? answer.message : `unexpected answer "${answer.kind}"`);
}
