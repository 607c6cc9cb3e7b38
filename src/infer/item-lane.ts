import type { SchedulerLike } from 'rxjs';
import { MicroBatcher } from '../inference/micro-batcher.js';
import type { Manifest } from '../inference/models/manifest.js';
import { itemLengthOf, planTensors } from '../inference/tensor-plan.js';
import { GatewayError } from '../shared/errors.js';
import type { Batch, Batching } from './batch-queue.js';
import type { ModelOutputs } from './classifier.js';
import type { ModelLease } from './model-lease.js';

/** How long a client should wait for a queue to become shorter. */
const RETRY_AFTER_MS = 1000;

/** An item's values of each output, by the output's name. */
export type ItemOutputs = Readonly<Record<string, Float32Array>>;

/** Writes an item's values into `target` from `offset` on; exactly as many as the model's input has for one item. */
export type WriteItem = (target: Float32Array, offset: number) => void;

/** One run of a model. */
export interface ItemRun {
  readonly model: string;
  readonly items: number;
  /** How long the oldest item had waited. */
  readonly waitedMs: number;
  readonly ranMs: number;
}

export interface ItemLaneOptions<M extends Manifest> {
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
export class ItemLane<M extends Manifest> {
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
