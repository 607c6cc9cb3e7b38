import type { SchedulerLike } from 'rxjs';
import type { Prediction, WindowOutcome } from '../domain/prediction.js';
import type { SampleWindow } from '../domain/window.js';
import type { Batch, Batching } from '../infer/batch-queue.js';
import type { ModelLease } from '../infer/model-lease.js';
import { toPrediction, toSkipped } from '../infer/to-prediction.js';
import { MicroBatcher } from '../inference/micro-batcher.js';
import { prepareInput } from '../inference/models/prepare-input.js';
import { itemLengthOf, planTensors } from '../inference/tensor-plan.js';

/** One run of a model, for histograms. */
export interface BatchReport {
  readonly model: string;
  readonly windows: number;
  /** How long the oldest window had waited. */
  readonly waitedMs: number;
  /** From handing the batch over until its results were back. */
  readonly ranMs: number;
}

/** A batch whose windows are lost to a failure of the model. */
export interface BatchFailure {
  readonly model: string;
  readonly windows: number;
  readonly error: unknown;
}

export interface LaneOptions {
  readonly lease: ModelLease;
  readonly batching: Batching;
  readonly scheduler: SchedulerLike;
  onBatch(report: BatchReport): void;
  onFailed(failure: BatchFailure): void;
  onCongested(isCongested: boolean): void;
}

interface QueuedWindow {
  readonly window: SampleWindow;
  settle(outcome: WindowOutcome): void;
}

/** The way of windows through one version of one model: queue, batches, input, results. */
export class ModelLane implements Disposable {
  readonly #options: LaneOptions;
  readonly #batcher: MicroBatcher<QueuedWindow>;
  readonly #itemLength: number;
  readonly #freeBuffers: Float32Array[] = [];

  constructor(options: LaneOptions) {
    const { lease, batching, scheduler, onCongested } = options;
    const { manifest, parallelism } = lease.classifier;
    this.#options = options;
    this.#itemLength = itemLengthOf(planTensors(manifest));
    this.#batcher = new MicroBatcher<QueuedWindow>({
      batching,
      parallelism,
      scheduler,
      run: (batch) => this.#run(batch),
      onCongested,
    });
  }

  get isRetired(): boolean {
    return this.#options.lease.isRetired;
  }

  /** Takes a window and settles it, now or later, exactly once unless the lane is disposed of. */
  push(window: SampleWindow, settle: (outcome: WindowOutcome) => void): void {
    if (window.values.length !== this.#itemLength) {
      this.#options.onFailed({ model: window.model, windows: 1, error: this.#misfit(window) });
      settle(toSkipped(window, 'model-failed'));
    } else if (!this.#batcher.push({ window, settle })) {
      settle(toSkipped(window, 'queue-full'));
    }
  }

  /** Nothing more will be pushed: runs what waits, then gives the lease back and calls back. */
  finish(onFinished: () => void): void {
    this.#batcher.drain(() => {
      this.#options.lease[Symbol.dispose]();
      onFinished();
    });
  }

  /** Drops what waits; gives the lease back when what runs has ended. */
  [Symbol.dispose](): void {
    this.#batcher[Symbol.dispose]();
    this.#batcher.drain(() => this.#options.lease[Symbol.dispose]());
  }

  async #run(batch: Batch<QueuedWindow>): Promise<void> {
    const { lease, onFailed } = this.#options;
    const { manifest } = lease.classifier;
    const predictions = await this.#infer(batch);
    let senseless = 0;
    for (const [index, { window, settle }] of batch.items.entries()) {
      const prediction = predictions?.[index];
      if (predictions !== undefined && prediction === undefined) senseless += 1;
      settle(prediction ?? toSkipped(window, 'model-failed'));
    }
    if (senseless > 0) {
      const error = new RangeError('the model answered with values that are no finite numbers');
      onFailed({ model: manifest.name, windows: senseless, error });
    }
  }

  /** A batch's predictions, `undefined` for answers that make no sense; or `undefined` after reporting that there are none. */
  async #infer({
    items,
    waitedMs,
  }: Batch<QueuedWindow>): Promise<readonly (Prediction | undefined)[] | undefined> {
    const { lease, scheduler, onBatch, onFailed } = this.#options;
    const { manifest } = lease.classifier;
    const startedAtMs = scheduler.now();
    const buffer = this.#freeBuffers.pop() ?? this.#newBuffer();
    try {
      for (const [index, { window }] of items.entries()) {
        prepareInput(window, manifest, buffer, index * this.#itemLength);
      }
      const outputs = await lease.classifier.run(buffer, items.length);
      onBatch({
        model: manifest.name,
        windows: items.length,
        waitedMs,
        ranMs: scheduler.now() - startedAtMs,
      });
      return items.map(({ window }, index) => toPrediction(window, manifest, outputs, index));
    } catch (error) {
      onFailed({ model: manifest.name, windows: items.length, error });
      return undefined;
    } finally {
      this.#freeBuffers.push(buffer);
    }
  }

  /** Shared memory: workers read it in place, and a batch can be run again when its worker is lost. */
  #newBuffer(): Float32Array {
    const { maxBatch } = this.#options.batching;
    return new Float32Array(
      new SharedArrayBuffer(maxBatch * this.#itemLength * Float32Array.BYTES_PER_ELEMENT),
    );
  }

  #misfit(window: SampleWindow): Error {
    return new RangeError(
      `window of ${window.values.length} values for a model that takes ${this.#itemLength}`,
    );
  }
}
