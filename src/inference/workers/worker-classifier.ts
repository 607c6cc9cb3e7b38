import { GatewayError, messageOf } from '../../shared/errors.js';
import type { Classifier, ModelOutputs } from '../model-version.js';
import type { Manifest } from '../models/manifest.js';
import type { TensorPlan } from '../tensor-plan.js';
import type { RunRequest } from './worker-protocol.js';

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
