import { GatewayError, messageOf } from '../../shared/errors.js';
import { checkOutputs, checkSignature } from '../check-model.js';
import type { Classifier, ModelOutputs } from '../model-version.js';
import type { Manifest } from '../models/manifest.js';
import type { ModelFiles } from '../models/model-folder.js';
import { itemLengthOf, planTensors, type TensorPlan } from '../tensor-plan.js';
import { type Job, type LoadedModel, PoolWorker, type WorkerLoss, WorkerLostError } from './pool-worker.js';
import type { RunRequest } from './worker-protocol.js';

/** Jobs a worker is given at a time: one to run, one so that it need not wait for the next. */
const JOBS_PER_WORKER = 2;
/** Workers that may end on the same job before it is given up. */
const MAX_LOSSES = 2;

export interface LostWorker {
  readonly message: string;
  /** Until another takes its place. */
  readonly restartInMs: number;
}

export interface InferencePoolOptions {
  /** Worker threads at most; each holds every model. One is started at once, the others when all that run have work. */
  readonly workers: number;
  /** Largest batch that will be run; tried once when a model is loaded. */
  readonly maxBatch: number;
  /** Compute threads of one run, inside ONNX Runtime; 1 by default. */
  readonly threadsPerRun?: number;
  /** The worker's compiled file; the default lies beside this module. */
  readonly workerUrl?: URL;
  /** Milliseconds until a lost worker is replaced, after so many losses in a row. */
  readonly restartDelayMs?: (failures: number) => number;
  /** A worker ended without being asked to. */
  readonly onWorkerLost: (loss: LostWorker) => void;
  /** A model runs on another engine than the fastest one; `reasons` say why, an engine each. */
  readonly onFasterNotUsed?: (model: string, reasons: readonly string[]) => void;
}

/** Worker threads that run models. Disposing of it waits for the batches under way. */
export interface InferencePool extends AsyncDisposable {
  /** Workers that take batches, those included that will be started for them. */
  readonly readyWorkers: number;

  /**
   * Loads a model into every worker that runs, checks it against its manifest and warms it up.
   *
   * @throws GatewayError `MODEL_INVALID` with everything that does not fit; `MODEL_RUN_FAILED` (retryable) when a
   *   worker was lost meanwhile
   */
  load<M extends Manifest>(manifest: M, files: ModelFiles): Promise<Classifier<M>>;
}

export function startInferencePool(options: InferencePoolOptions): InferencePool {
  return new WorkerPool(options);
}

/** 0.1 s after the first loss, then twice as long each time, at most 10 s. */
function defaultRestartDelayMs(failures: number): number {
  return Math.min(10_000, 100 * 2 ** (failures - 1));
}

class WorkerPool implements InferencePool {
  readonly #options: InferencePoolOptions;
  readonly #workers: readonly PoolWorker[];
  readonly #models = new Map<number, LoadedModel>();
  #waiting: Job[] = [];
  #nextModel = 1;
  #isClosed = false;

  constructor(options: InferencePoolOptions) {
    this.#options = options;
    const owner = {
      workerUrl: options.workerUrl ?? new URL('./inference-worker.js', import.meta.url),
      models: () => this.#models.values(),
      restartDelayMs: options.restartDelayMs ?? defaultRestartDelayMs,
      onFree: () => this.#dispatch(),
      onLost: (loss: WorkerLoss) => this.#recover(loss),
    };
    this.#workers = Array.from({ length: options.workers }, () => new PoolWorker(owner));
    this.#workers[0]?.start();
  }

  get readyWorkers(): number {
    return this.#workers.filter((worker) => worker.isReady || !worker.isStarted).length;
  }

  async load<M extends Manifest>(manifest: M, files: ModelFiles): Promise<Classifier<M>> {
    const model = this.#nextModel++;
    const plan = planTensors(manifest);
    this.#models.set(model, {
      model,
      file: manifest.file,
      files: shareFiles(files),
      threads: this.#options.threadsPerRun ?? 1,
    });
    try {
      await this.#prepare(model, manifest, plan);
    } catch (error) {
      await this.#unload(model);
      throw toLoadError(manifest, error);
    }
    return new WorkerClassifier(manifest, plan, {
      parallelism: this.#workers.length,
      run: (request) => this.#enqueue({ model, ...request }),
      unload: () => this.#unload(model),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#waiting.splice(0)) job.reject(closedError());
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  async #prepare(id: number, manifest: Manifest, plan: TensorPlan): Promise<void> {
    const model = this.#models.get(id);
    if (model === undefined || this.#isClosed) throw closedError();
    const workers = this.#startedWorkers();
    const loaded = await Promise.all(workers.map((worker) => worker.loadModel(model)));
    for (const { signature } of loaded) checkSignature(manifest, signature);
    const { fasterNotUsed = [] } = loaded[0] ?? {};
    if (fasterNotUsed.length > 0) this.#options.onFasterNotUsed?.(manifest.name, fasterNotUsed);
    // The largest first: the memory that it takes is taken once.
    for (const count of new Set([this.#options.maxBatch, 1])) {
      const request = {
        model: id,
        input: plan.input,
        batch: new Float32Array(count * itemLengthOf(plan)),
        dims: [count, ...plan.itemShape],
        outputs: plan.outputs.map(({ name }) => name),
      };
      const results = await Promise.all(workers.map((worker) => worker.tryRun(request)));
      for (const outputs of results) checkOutputs(manifest, outputs, count);
    }
  }

  async #unload(model: number): Promise<void> {
    this.#models.delete(model);
    // A worker that is lost meanwhile has forgotten the model anyway.
    await Promise.allSettled(this.#startedWorkers().map((worker) => worker.unloadModel(model)));
  }

  #enqueue(request: Job['request']): Promise<ModelOutputs> {
    if (this.#isClosed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, losses: 0, resolve, reject });
      this.#dispatch();
    });
  }

  #startedWorkers(): PoolWorker[] {
    return this.#workers.filter((worker) => worker.isStarted);
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#leastLoaded();
      if (worker === undefined || worker.load > 0) this.#workers.find(({ isStarted }) => !isStarted)?.start();
      const job = worker === undefined ? undefined : this.#waiting.shift();
      if (job === undefined) return;
      worker?.execute(job);
    }
  }

  #leastLoaded(): PoolWorker | undefined {
    let best: PoolWorker | undefined;
    for (const worker of this.#workers) {
      if (!worker.isReady || worker.load >= JOBS_PER_WORKER) continue;
      if (best === undefined || worker.load < best.load) best = worker;
    }
    return best;
  }

  /** The batch that was running is tried once more, those behind it are as good as new. */
  #recover({ error, jobs, wasReady, restartInMs }: WorkerLoss): void {
    const [running, ...behind] = jobs;
    this.#waiting = behind.concat(this.#waiting);
    if (running !== undefined) {
      running.losses += 1;
      if (running.losses < MAX_LOSSES) this.#waiting.unshift(running);
      else running.reject(error);
    }
    if (!wasReady && this.readyWorkers === 0) {
      for (const job of this.#waiting.splice(0)) job.reject(error);
    }
    this.#options.onWorkerLost({ message: describe(error), restartInMs });
    this.#dispatch();
  }
}

/** Workers share the bytes, also those that start later, when the folder may hold another version. */
function shareFiles(files: ModelFiles): ModelFiles {
  return new Map(
    [...files].map(([name, content]) => {
      const shared = new Uint8Array(new SharedArrayBuffer(content.length));
      shared.set(content);
      return [name, shared];
    }),
  );
}

function toLoadError(manifest: Manifest, error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const what = `model "${manifest.name}" ${manifest.version}`;
  if (error instanceof WorkerLostError) {
    return new GatewayError('MODEL_RUN_FAILED', `${what}: ${messageOf(error)} while it was being loaded`, {
      retryable: true,
      cause: error,
    });
  }
  return new GatewayError('MODEL_INVALID', `${what}: ${manifest.file} cannot be run: ${messageOf(error)}`, {
    cause: error,
  });
}

function closedError(): GatewayError {
  return new GatewayError('CLOSED', 'the inference workers are being stopped');
}

function describe(error: Error): string {
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`;
}

/** What a classifier needs of the workers that run its model. */
export interface ModelRunner {
  readonly parallelism: number;
  run(request: Omit<RunRequest, 'kind' | 'id' | 'model'>): Promise<ModelOutputs>;
  unload(): Promise<void>;
}

/** A model that lives in worker threads. */
export class WorkerClassifier<M extends Manifest> implements Classifier<M> {
  readonly manifest: M;
  readonly parallelism: number;
  readonly #plan: TensorPlan;
  readonly #outputs: readonly string[];
  readonly #runner: ModelRunner;
  readonly #running = new Set<Promise<ModelOutputs>>();
  #isClosed = false;

  constructor(manifest: M, plan: TensorPlan, runner: ModelRunner) {
    this.manifest = manifest;
    this.parallelism = runner.parallelism;
    this.#plan = plan;
    this.#outputs = plan.outputs.map(({ name }) => name);
    this.#runner = runner;
  }

  async run(batch: Float32Array, count: number): Promise<ModelOutputs> {
    const { input, itemShape } = this.#plan;
    if (this.#isClosed) throw new GatewayError('CLOSED', `${this.#describe()} is no longer served`);
    const result = this.#runner.run({ input, batch, dims: [count, ...itemShape], outputs: this.#outputs });
    this.#running.add(result);
    try {
      return await result;
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      const message = `${this.#describe()} could not be run on ${count} items: ${messageOf(error)}`;
      throw new GatewayError('MODEL_RUN_FAILED', message, { cause: error });
    } finally {
      this.#running.delete(result);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#running);
    await this.#runner.unload();
  }

  #describe(): string {
    return `model "${this.manifest.name}" ${this.manifest.version}`;
  }
}
