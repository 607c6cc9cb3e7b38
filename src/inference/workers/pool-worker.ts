import { Worker } from 'node:worker_threads';
import type { ModelOutputs } from '../model-version.js';
import type {
  BackendFacts,
  LoadRequest,
  RunRequest,
  WorkerAnswer,
  WorkerRequest,
} from './worker-protocol.js';

export type LoadedModel = Omit<LoadRequest, 'kind' | 'id'>;

/** A batch on its way through the pool. */
export interface Job {
  readonly request: Omit<RunRequest, 'kind' | 'id'>;
  /** Workers that ended while running it. */
  losses: number;
  resolve(outputs: ModelOutputs): void;
  reject(error: unknown): void;
}

/** What the owner of a worker must be told and asked. */
export interface PoolWorkerOwner {
  readonly workerUrl: URL;
  /** What a new thread has to load before it takes jobs. */
  models(): Iterable<LoadedModel>;
  restartDelayMs(failures: number): number;
  /** The worker can take a job, or another one. */
  onFree(): void;
  /** The thread ended; `jobs` are what it had been given, the one it was running first. */
  onLost(loss: WorkerLoss): void;
}

export interface WorkerLoss {
  readonly error: Error;
  readonly jobs: readonly Job[];
  /** False if the thread never came so far as to take jobs. */
  readonly wasReady: boolean;
  readonly restartInMs: number;
}

/** Keeps one inference thread alive: starts it when it is first needed, gives it jobs, and starts another when it ends. */
export class PoolWorker {
  readonly #owner: PoolWorkerOwner;
  #link: WorkerLink | undefined;
  #jobs: Job[] = [];
  #isReady = false;
  #isClosed = false;
  #failures = 0;
  #restart: NodeJS.Timeout | undefined;

  constructor(owner: PoolWorkerOwner) {
    this.#owner = owner;
  }

  /** Its thread was started; until then it holds no model. */
  get isStarted(): boolean {
    return this.#link !== undefined;
  }

  /** It takes jobs. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Starts the thread unless it was; it is ready once it has loaded the models. */
  start(): void {
    this.#started();
  }

  /** Jobs it has been given and has not finished. */
  get load(): number {
    return this.#jobs.length;
  }

  async loadModel(model: LoadedModel): Promise<BackendFacts> {
    return await this.#started().load(model);
  }

  async unloadModel(model: number): Promise<void> {
    await this.#started().unload(model);
  }

  /** Runs outside the queue, for warm-up. */
  async tryRun(request: Job['request']): Promise<ModelOutputs> {
    return await this.#started().run(request);
  }

  execute(job: Job): void {
    this.#jobs.push(job);
    this.#started()
      .run(job.request)
      .then(
        (outputs) => {
          this.#failures = 0;
          this.#finish(job);
          job.resolve(outputs);
        },
        (error: unknown) => {
          if (error instanceof WorkerLostError) return; // the owner has the job back
          this.#finish(job);
          job.reject(error);
        },
      );
  }

  async close(): Promise<void> {
    clearTimeout(this.#restart);
    this.#isClosed = true;
    this.#isReady = false;
    await this.#link?.close();
  }

  #started(): WorkerLink {
    this.#link ??= this.#start();
    return this.#link;
  }

  #start(): WorkerLink {
    const link = new WorkerLink(this.#owner.workerUrl, (error) => this.#lost(error));
    const models = [...this.#owner.models()];
    if (models.length === 0) {
      this.#isReady = true;
      return link;
    }
    Promise.all(models.map((model) => link.load(model))).then(
      () => {
        this.#isReady = true;
        this.#owner.onFree();
      },
      async (error: unknown) => {
        if (error instanceof WorkerLostError) return;
        await link.close();
        this.#lost(new Error('inference worker could not load its models again', { cause: error }));
      },
    );
    return link;
  }

  #lost(error: Error): void {
    if (this.#isClosed) return;
    const jobs = this.#jobs;
    const wasReady = this.#isReady;
    this.#jobs = [];
    this.#isReady = false;
    this.#failures += 1;
    const restartInMs = this.#owner.restartDelayMs(this.#failures);
    this.#restart = setTimeout(() => {
      this.#link = this.#start();
    }, restartInMs);
    this.#owner.onLost({ error, jobs, wasReady, restartInMs });
  }

  #finish(job: Job): void {
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
    this.#owner.onFree();
  }
}

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
