import type { ModelOutputs } from '../model-version.js';
import { WorkerLink, WorkerLostError } from './worker-link.js';
import type { BackendFacts, LoadRequest, RunRequest } from './worker-protocol.js';

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
