import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { GatewayError } from '../shared/errors.js';
import { type Batch, type Batching, MicroBatcher } from './micro-batcher.js';
import type { ModelLease, ModelOutputs, ModelSource } from './model-version.js';
import type { Manifest } from './models/manifest.js';
import { itemLengthOf, planTensors } from './tensor-plan.js';

/** How long a client should wait for a queue to become shorter. */
const RETRY_AFTER_MS = 1000;

/** An item's values of each output, by the output's name. */
type ItemOutputs = Readonly<Record<string, Float32Array>>;

/** Writes an item's values into `target` from `offset` on; exactly as many as the model's input has for one item. */
type WriteItem = (target: Float32Array, offset: number) => void;

/** One run of a model. */
export interface ItemRun {
  readonly model: string;
  readonly items: number;
  /** How long the oldest item had waited. */
  readonly waitedMs: number;
  readonly ranMs: number;
}

interface ItemLaneOptions<M extends Manifest> {
  readonly lease: ModelLease<M>;
  readonly batching: Batching;
  readonly scheduler: SchedulerLike;
  readonly onRun?: (run: ItemRun) => void;
  readonly onFailed?: (failure: { readonly model: string; readonly error: unknown }) => void;
}

interface QueuedItem {
  readonly write: WriteItem;
  resolve(outputs: ItemOutputs): void;
  reject(error: unknown): void;
}

/** The way of single items through one version of one model: queue, batches, results. */
class ItemLane<M extends Manifest> {
  readonly #options: ItemLaneOptions<M>;
  readonly #batcher: MicroBatcher<QueuedItem>;
  readonly #itemLength: number;
  readonly #freeBuffers: Float32Array[] = [];

  constructor(options: ItemLaneOptions<M>) {
    const { lease, batching, scheduler } = options;
    this.#options = options;
    this.#itemLength = itemLengthOf(planTensors(lease.classifier.manifest));
    this.#batcher = new MicroBatcher<QueuedItem>({
      batching,
      parallelism: lease.classifier.parallelism,
      scheduler,
      run: (batch) => this.#run(batch),
      onCongested: () => undefined,
    });
  }

  get isRetired(): boolean {
    return this.#options.lease.isRetired;
  }

  get waiting(): number {
    return this.#batcher.waiting;
  }

  run(write: WriteItem): Promise<ItemOutputs> {
    return new Promise((resolve, reject) => {
      if (this.#batcher.push({ write, resolve, reject })) return;
      const words = `${this.waiting} items wait for model ${this.#options.lease.classifier.manifest.name} already`;
      reject(new GatewayError('QUEUE_FULL', words, { retryable: true, retryAfterMs: RETRY_AFTER_MS }));
    });
  }

  /** Nothing more will come: runs what waits, then gives the lease back. */
  finish(): Promise<void> {
    return new Promise((resolve) => {
      this.#batcher.drain(() => {
        this.#options.lease[Symbol.dispose]();
        resolve();
      });
    });
  }

  async #run({ items, waitedMs }: Batch<QueuedItem>): Promise<void> {
    const { lease, scheduler, onRun, onFailed } = this.#options;
    const model = lease.classifier.manifest.name;
    const startedAtMs = scheduler.now();
    const buffer = this.#freeBuffers.pop() ?? this.#newBuffer();
    try {
      for (const [index, { write }] of items.entries()) write(buffer, index * this.#itemLength);
      const outputs = await lease.classifier.run(buffer, items.length);
      onRun?.({ model, items: items.length, waitedMs, ranMs: scheduler.now() - startedAtMs });
      for (const [index, { resolve }] of items.entries()) resolve(rowOf(outputs, index, items.length));
    } catch (error) {
      onFailed?.({ model, error });
      for (const { reject } of items) reject(error);
    } finally {
      this.#freeBuffers.push(buffer);
    }
  }

  /** Shared memory: workers read it in place, and a batch can be run again when its worker is lost. */
  #newBuffer(): Float32Array {
    const bytes = this.#options.batching.maxBatch * this.#itemLength * Float32Array.BYTES_PER_ELEMENT;
    return new Float32Array(new SharedArrayBuffer(bytes));
  }
}

function rowOf(outputs: ModelOutputs, row: number, rows: number): ItemOutputs {
  const entries = Object.entries(outputs).map(([name, values]): [string, Float32Array] => {
    const width = values.length / rows;
    return [name, values.slice(row * width, (row + 1) * width)];
  });
  return Object.fromEntries(entries);
}

interface ItemRunnerOptions<M extends Manifest> {
  readonly models: ModelSource<M>;
  /** Of each model's queue. */
  readonly batching: Batching;
  readonly scheduler?: SchedulerLike;
  readonly onRun?: (run: ItemRun) => void;
  readonly onFailed?: (failure: { readonly model: string; readonly error: unknown }) => void;
}

/** Runs single items (a picture, a tensor's row) through models, each together with others that wait at that time. */
export interface ItemRunner extends AsyncDisposable {
  /** Items that wait. */
  readonly waiting: number;

  /**
   * @param write puts the item into a batch, once, when its turn has come
   * @returns the item's values of each output
   * @throws GatewayError `NOT_FOUND` for a model that is not served, `QUEUE_FULL` (retryable), `MODEL_RUN_FAILED`,
   *   `CLOSED`
   */
  run(model: string, write: WriteItem): Promise<ItemOutputs>;
}

export function createItemRunner<M extends Manifest>(options: ItemRunnerOptions<M>): ItemRunner {
  return new LaneItemRunner(options);
}

class LaneItemRunner<M extends Manifest> implements ItemRunner {
  readonly #options: ItemRunnerOptions<M>;
  readonly #lanes = new Map<string, ItemLane<M>>();
  readonly #leaving = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: ItemRunnerOptions<M>) {
    this.#options = options;
  }

  get waiting(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.waiting, 0);
  }

  run(model: string, write: WriteItem): Promise<ItemOutputs> {
    if (this.#isClosed) return Promise.reject(new GatewayError('CLOSED', 'the gateway is stopping'));
    const lane = this.#laneOf(model);
    if (lane !== undefined) return lane.run(write);
    return Promise.reject(new GatewayError('NOT_FOUND', `There is no model ${model}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const model of [...this.#lanes.keys()]) this.#leave(model);
    await Promise.all(this.#leaving);
  }

  /** The lane of the version in use; that of an earlier one runs what it has. */
  #laneOf(model: string): ItemLane<M> | undefined {
    const current = this.#lanes.get(model);
    if (current !== undefined && !current.isRetired) return current;
    this.#leave(model);
    const lease = this.#options.models.lease(model);
    if (lease === undefined) return undefined;
    const lane = new ItemLane<M>({
      ...this.#options,
      lease,
      scheduler: this.#options.scheduler ?? asyncScheduler,
    });
    this.#lanes.set(model, lane);
    return lane;
  }

  #leave(model: string): void {
    const lane = this.#lanes.get(model);
    if (lane === undefined) return;
    this.#lanes.delete(model);
    const left = lane.finish().then(() => void this.#leaving.delete(left));
    this.#leaving.add(left);
  }
}
