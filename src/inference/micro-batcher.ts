import type { SchedulerLike, Subscription } from 'rxjs';
import { type Batch, type Batching, BatchQueue } from '../infer/batch-queue.js';

export interface MicroBatcherOptions<T> {
  readonly batching: Batching;
  /** Batches that can run at the same time. */
  readonly parallelism: number;
  /** Source of time and timers. */
  readonly scheduler: SchedulerLike;
  /** Runs a batch; must not reject. */
  run(batch: Batch<T>): Promise<void>;
  /** The queue has passed its soft limit, or has come down from it. */
  onCongested(isCongested: boolean): void;
}

/** Collects items into batches: the timer and the counting of what runs, around a {@link BatchQueue}. */
export class MicroBatcher<T> implements Disposable {
  readonly #options: MicroBatcherOptions<T>;
  readonly #queue: BatchQueue<T>;
  #running = 0;
  #isCongested = false;
  #isDraining = false;
  #isDisposed = false;
  #timer: Subscription | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: MicroBatcherOptions<T>) {
    this.#options = options;
    this.#queue = new BatchQueue(options.batching, options.parallelism);
  }

  /** Items that wait. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Takes an item, or answers false if the queue is full. */
  push(item: T): boolean {
    if (!this.#queue.push(item, this.#options.scheduler.now())) return false;
    this.#pump();
    return true;
  }

  /** Nothing more will be pushed: runs what waits without delay and calls back once, when all is done. */
  drain(onIdle: () => void): void {
    this.#isDraining = true;
    this.#onIdle = onIdle;
    this.#pump();
  }

  /** Drops what waits. What runs goes on, and `drain` still calls back after it. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#clearTimer();
  }

  /** @param isUrgent the oldest item has waited its time */
  #pump(isUrgent = false): void {
    let batch = this.#take(isUrgent);
    while (batch !== undefined) {
      this.#start(batch);
      batch = this.#take(false);
    }
    this.#reportCongestion();
    this.#setTimer();
    const isDone = this.#running === 0 && (this.#isDisposed || this.#queue.size === 0);
    if (this.#isDraining && isDone) this.#callBack();
  }

  #take(isUrgent: boolean): Batch<T> | undefined {
    if (this.#isDisposed) return undefined;
    return this.#queue.take(this.#options.scheduler.now(), this.#running, isUrgent || this.#isDraining);
  }

  #start(batch: Batch<T>): void {
    this.#running += 1;
    this.#clearTimer();
    const goOn = (): void => {
      this.#running -= 1;
      this.#pump();
    };
    this.#options.run(batch).then(goOn, goOn);
  }

  #callBack(): void {
    const onIdle = this.#onIdle;
    this.#onIdle = undefined;
    onIdle?.();
  }

  #reportCongestion(): void {
    if (this.#queue.isCongested === this.#isCongested) return;
    this.#isCongested = this.#queue.isCongested;
    this.#options.onCongested(this.#isCongested);
  }

  /** One timer at a time, and none while all workers are busy: the end of a batch wakes the queue then. */
  #setTimer(): void {
    const { batching, parallelism, scheduler } = this.#options;
    const { dueAtMs } = this.#queue;
    if (dueAtMs === undefined || this.#running >= parallelism) return;
    if (this.#timer !== undefined || this.#isDisposed) return;
    // Bounded on both sides, so that a clock that is set back delays nothing.
    const delayMs = Math.min(batching.maxWaitMs, Math.max(0, dueAtMs - scheduler.now()));
    this.#timer = scheduler.schedule(() => {
      this.#timer = undefined;
      this.#pump(true);
    }, delayMs);
  }

  #clearTimer(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }
}
