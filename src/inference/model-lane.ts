import type { SchedulerLike } from 'rxjs';
import { type Batch, type Batching, MicroBatcher } from './micro-batcher.js';
import type { ModelLease, ModelOutputs, ModelSource } from './model-version.js';
import type { Manifest } from './models/manifest.js';
import { itemLengthOf, planTensors } from './tensor-plan.js';

/** One run of a model. */
export interface ModelRun {
  readonly model: string;
  readonly items: number;
  /** How long the oldest item had waited. */
  readonly waitedMs: number;
  /** From handing the batch over until its results were back. */
  readonly ranMs: number;
}

/** How the items of a lane get in and their results out. */
export interface LaneWork<T> {
  /** Puts an item into a batch, from `offset` on: exactly as many values as the model takes for one. */
  write(item: T, target: Float32Array, offset: number): void;
  /** A batch was run. What it throws fails the batch. */
  onRun(run: ModelRun, items: readonly T[], outputs: ModelOutputs): void;
  /** A batch could not be written or run. */
  onFailed(items: readonly T[], error: unknown): void;
  /** The queue has passed its soft limit, or has come down from it. */
  onCongested?(isCongested: boolean): void;
}

export interface LaneSettings {
  readonly batching: Batching;
  readonly scheduler: SchedulerLike;
}

/** The way of items through one version of one model: queue, batches, results. */
export class ModelLane<T, M extends Manifest> implements Disposable {
  /** Values the model takes for one item. */
  readonly itemLength: number;
  readonly #lease: ModelLease<M>;
  readonly #work: LaneWork<T>;
  readonly #settings: LaneSettings;
  readonly #batcher: MicroBatcher<T>;
  readonly #freeBuffers: Float32Array[] = [];

  constructor(lease: ModelLease<M>, work: LaneWork<T>, settings: LaneSettings) {
    this.#lease = lease;
    this.itemLength = itemLengthOf(planTensors(lease.classifier.manifest));
    this.#work = work;
    this.#settings = settings;
    this.#batcher = new MicroBatcher<T>({
      ...settings,
      parallelism: lease.classifier.parallelism,
      run: (batch) => this.#run(batch),
      onCongested: (isCongested) => work.onCongested?.(isCongested),
    });
  }

  /** Another version has taken the model's place. */
  get isRetired(): boolean {
    return this.#lease.isRetired;
  }

  get model(): string {
    return this.#lease.classifier.manifest.name;
  }

  /** Items that wait. */
  get waiting(): number {
    return this.#batcher.waiting;
  }

  /** Takes an item, or answers false if the queue is full. */
  push(item: T): boolean {
    return this.#batcher.push(item);
  }

  /** Nothing more will be pushed: runs what waits, then gives the lease back and calls back. */
  finish(onFinished: () => void): void {
    this.#batcher.drain(() => {
      this.#lease[Symbol.dispose]();
      onFinished();
    });
  }

  /** Drops what waits; gives the lease back when what runs has ended. */
  [Symbol.dispose](): void {
    this.#batcher[Symbol.dispose]();
    this.finish(() => undefined);
  }

  async #run({ items, waitedMs }: Batch<T>): Promise<void> {
    const { classifier } = this.#lease;
    const { scheduler } = this.#settings;
    const startedAtMs = scheduler.now();
    const buffer = this.#freeBuffers.pop() ?? this.#newBuffer();
    try {
      for (const [index, item] of items.entries()) this.#work.write(item, buffer, index * this.itemLength);
      const outputs = await classifier.run(buffer, items.length);
      const ranMs = scheduler.now() - startedAtMs;
      this.#work.onRun({ model: this.model, items: items.length, waitedMs, ranMs }, items, outputs);
    } catch (error) {
      this.#work.onFailed(items, error);
    } finally {
      this.#freeBuffers.push(buffer);
    }
  }

  /** Shared memory: workers read it in place, and a batch can be run again when its worker is lost. */
  #newBuffer(): Float32Array {
    const bytes = this.#settings.batching.maxBatch * this.itemLength * Float32Array.BYTES_PER_ELEMENT;
    return new Float32Array(new SharedArrayBuffer(bytes));
  }
}

/** The lane of each model's version in use. Those of earlier versions run what they have. */
export class ModelLanes<T, M extends Manifest> implements Disposable {
  readonly #models: ModelSource<M>;
  readonly #create: (lease: ModelLease<M>) => ModelLane<T, M>;
  readonly #lanes = new Map<string, ModelLane<T, M>>();
  /** Lanes that still have items to run, with when they are done. */
  readonly #leaving = new Map<ModelLane<T, M>, Promise<void>>();

  constructor(models: ModelSource<M>, create: (lease: ModelLease<M>) => ModelLane<T, M>) {
    this.#models = models;
    this.#create = create;
  }

  /** Items that wait for a version in use. */
  get waiting(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.waiting, 0);
  }

  /** `undefined` where the model is not served. */
  of(model: string): ModelLane<T, M> | undefined {
    const current = this.#lanes.get(model);
    if (current?.isRetired === false) return current;
    this.#leave(model);
    const lease = this.#models.lease(model);
    if (lease === undefined) return undefined;
    const lane = this.#create(lease);
    this.#lanes.set(model, lane);
    return lane;
  }

  /** Nothing more will be pushed: runs what waits, and resolves when all is done. */
  async finish(): Promise<void> {
    for (const model of [...this.#lanes.keys()]) this.#leave(model);
    await Promise.all(this.#leaving.values());
  }

  /** Drops what waits. */
  [Symbol.dispose](): void {
    for (const lane of [...this.#lanes.values(), ...this.#leaving.keys()]) lane[Symbol.dispose]();
  }

  #leave(model: string): void {
    const lane = this.#lanes.get(model);
    if (lane === undefined) return;
    this.#lanes.delete(model);
    const left = new Promise<void>((resolve) => lane.finish(resolve));
    this.#leaving.set(
      lane,
      left.then(() => void this.#leaving.delete(lane)),
    );
  }
}
