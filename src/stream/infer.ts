import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { DeviceId } from '../domain/ids.js';
import type { SampleWindow, SkipReason, WindowOutcome } from '../domain/window.js';
import type { Batching } from '../inference/micro-batcher.js';
import { ModelLanes, type ModelRun } from '../inference/model-lane.js';
import type { ModelLease, ModelSource } from '../inference/model-version.js';
import type { SequenceManifest } from '../inference/models/manifest.js';
import { attemptFor, type OnFault } from '../shared/faults.js';
import {
  type BatchFailure,
  createWindowLane,
  pushWindow,
  type QueuedWindow,
  toSkipped,
  type WindowLane,
} from './window-batches.js';
import type { DueWindow } from './window-frames.js';

/** A place in the order of one key, held until its outcome is known. */
interface Slot<T> {
  readonly key: string;
  outcome: T | undefined;
}

/** Lets outcomes out in the order in which their places were taken, key by key; keys do not wait for one another. */
export class OutcomeOrder<T> {
  readonly #emit: (outcome: T) => void;
  readonly #queues = new Map<string, Slot<T>[]>();
  #pending = 0;

  constructor(emit: (outcome: T) => void) {
    this.#emit = emit;
  }

  /** Places whose outcome has not been let out. */
  get pending(): number {
    return this.#pending;
  }

  /** Takes the next place of a key. */
  take(key: string): Slot<T> {
    const slot: Slot<T> = { key, outcome: undefined };
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, [slot]);
    else queue.push(slot);
    this.#pending += 1;
    return slot;
  }

  /** Fills a place, and lets out what it held back. */
  settle(slot: Slot<T>, outcome: T): void {
    slot.outcome = outcome;
    const queue = this.#queues.get(slot.key) ?? [];
    let first = queue[0];
    while (first?.outcome !== undefined) {
      queue.shift();
      this.#pending -= 1;
      this.#emit(first.outcome);
      first = queue[0];
    }
    if (queue.length === 0) this.#queues.delete(slot.key);
  }
}

export interface InferOptions {
  readonly models: ModelSource;
  /** Windows with a smaller share of samples present are skipped, 0..1. */
  readonly minCoverage: number;
  /** Whether a model is made for where a device is worn. @defaultValue every model for every device */
  readonly isMadeFor?: (model: string, device: DeviceId) => boolean;
  /** Of each model's queue. */
  readonly batching: Batching;
  /** Source of time and timers. */
  readonly scheduler?: SchedulerLike;
}

/** What inference says: outcomes of windows, and how its models and queues do. */
export type InferenceEvent =
  | { readonly type: 'outcome'; readonly outcome: WindowOutcome }
  | { readonly type: 'batch'; readonly run: ModelRun }
  | { readonly type: 'failed'; readonly failure: BatchFailure }
  /** True when a queue passes its soft limit: the source should slow down; false when all have come down again. */
  | { readonly type: 'congested'; readonly isCongested: boolean };

/**
 * Runs each window through the model it names and emits what came of it: a prediction or the reason why there is none.
 *
 * Every window gives exactly one outcome. Outcomes of a device and model leave in the order of its windows; devices do
 * not wait for one another. Windows are batched across devices (see {@link Batching}). A window of a device that is worn
 * elsewhere is skipped as `placement`, one with too little coverage as `low-coverage`, neither being run; one that finds its
 * queue full as `queue-full`; those of a batch that fails, and those of a model that is not there, as `model-failed`. None of
 * these ends the stream.
 *
 * When a model is replaced, windows already taken are run on the old version and later ones on the new. On completion
 * of the source what waits is run, then the result completes. An error of the source passes at once. On unsubscription
 * what waits is dropped, and models are given back when the batches under way have ended.
 */
export function infer(options: InferOptions, onFault?: OnFault): OperatorFunction<DueWindow, InferenceEvent> {
  return (source) =>
    new Observable((subscriber) => {
      const router = new WindowRouter(options, onFault, (event) => subscriber.next(event));
      subscriber.add(() => router[Symbol.dispose]());
      subscriber.add(
        source.subscribe({
          next: (due) => router.push(due),
          error: (error: unknown) => subscriber.error(error),
          complete: () => router.finish(() => subscriber.complete()),
        }),
      );
    });
}

/** Sends windows to the lane of their model's version in use, and their outcomes out in order. */
class WindowRouter implements Disposable {
  readonly #options: InferOptions;
  readonly #onFault: OnFault | undefined;
  readonly #emit: (event: InferenceEvent) => void;
  readonly #order: OutcomeOrder<WindowOutcome>;
  readonly #lanes: ModelLanes<QueuedWindow, SequenceManifest>;
  #congestedLanes = 0;
  #onFinished: (() => void) | undefined;

  constructor(options: InferOptions, onFault: OnFault | undefined, emit: (event: InferenceEvent) => void) {
    this.#options = options;
    this.#onFault = onFault;
    this.#emit = emit;
    this.#lanes = new ModelLanes(options.models, (lease) => this.#createLane(lease));
    this.#order = new OutcomeOrder((outcome) => {
      emit({ type: 'outcome', outcome });
      this.#finishIfDone();
    });
  }

  push(due: DueWindow): void {
    const { window } = due;
    const slot = this.#order.take(`${window.device}/${window.model}`);
    const settle = (outcome: WindowOutcome): void => this.#order.settle(slot, outcome);
    const reason = this.#reasonToSkip(window);
    if (reason !== undefined) {
      settle(toSkipped(window, reason));
      return;
    }
    let isSettled = false;
    const settleOnce = (outcome: WindowOutcome): void => {
      if (!isSettled) settle(outcome);
      isSettled = true;
    };
    if (!attemptFor(due, 'infer', this.#onFault, () => this.#run(window, settleOnce)))
      settleOnce(toSkipped(window, 'internal'));
  }

  #reasonToSkip({ model, device, coverage }: SampleWindow): SkipReason | undefined {
    const { isMadeFor, minCoverage } = this.#options;
    if (isMadeFor?.(model, device) === false) return 'placement';
    return coverage < minCoverage ? 'low-coverage' : undefined;
  }

  #run(window: SampleWindow, settle: (outcome: WindowOutcome) => void): void {
    const lane = this.#lanes.of(window.model);
    if (lane === undefined) {
      const error = new Error(`there is no model "${window.model}"`);
      this.#fail({ model: window.model, windows: 1, error });
      settle(toSkipped(window, 'model-failed'));
    } else {
      pushWindow(lane, { window, settle }, (failure) => this.#fail(failure));
    }
  }

  /** Nothing more will be pushed; calls back once every window has its outcome. */
  finish(onFinished: () => void): void {
    this.#onFinished = onFinished;
    void this.#lanes.finish();
    this.#finishIfDone();
  }

  [Symbol.dispose](): void {
    this.#lanes[Symbol.dispose]();
  }

  #createLane(lease: ModelLease): WindowLane {
    const { batching, scheduler = asyncScheduler } = this.#options;
    const reports = {
      onBatch: (run: ModelRun) => this.#emit({ type: 'batch', run }),
      onFailed: (failure: BatchFailure) => this.#fail(failure),
      onCongested: (isCongested: boolean) => this.#count(isCongested),
    };
    return createWindowLane(lease, reports, { batching, scheduler });
  }

  #fail(failure: BatchFailure): void {
    this.#emit({ type: 'failed', failure });
  }

  #count(isCongested: boolean): void {
    const before = this.#congestedLanes;
    this.#congestedLanes += isCongested ? 1 : -1;
    if ((before === 0) !== (this.#congestedLanes === 0)) this.#emit({ type: 'congested', isCongested });
  }

  #finishIfDone(): void {
    if (this.#order.pending === 0) this.#onFinished?.();
  }
}
