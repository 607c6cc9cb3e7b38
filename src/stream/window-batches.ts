import type { SchedulerLike } from 'rxjs';
import type { Prediction, SkippedWindow, SkipReason, WindowOutcome } from '../domain/prediction.js';
import type { SampleWindow } from '../domain/window.js';
import { type Batch, type Batching, MicroBatcher } from '../inference/micro-batcher.js';
import type { ModelLease, ModelOutputs } from '../inference/model-version.js';
import type { SequenceManifest } from '../inference/models/manifest.js';
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

interface LaneOptions {
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

/**
 * Reads one window's row out of a batch's outputs; `undefined` if the model answered with something that is no number.
 *
 * @param row the window's place in the batch
 */
export function toPrediction(
  window: SampleWindow,
  manifest: SequenceManifest,
  outputs: ModelOutputs,
  row: number,
): Prediction | undefined {
  const probabilities: Record<string, readonly number[]> = {};
  for (const { name, output, classes } of manifest.targets) {
    const from = row * classes.length;
    const values = Array.from(outputs[output]?.subarray(from, from + classes.length) ?? []);
    if (values.length !== classes.length || !values.every(Number.isFinite)) return undefined;
    probabilities[name] = values;
  }
  return {
    device: window.device,
    model: window.model,
    modelVersion: manifest.version,
    startMs: window.startMs,
    endMs: window.endMs,
    coverage: window.coverage,
    meanDeltaMs: window.meanDeltaMs,
    maxDeltaMs: window.maxDeltaMs,
    probabilities,
  };
}

export function toSkipped(window: SampleWindow, reason: SkipReason): SkippedWindow {
  const { device, model, startMs, endMs, coverage } = window;
  return { device, model, startMs, endMs, coverage, skipped: reason };
}
