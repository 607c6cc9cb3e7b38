import {
  asyncScheduler,
  delay,
  firstValueFrom,
  from,
  merge,
  type Observable,
  type SchedulerLike,
  take,
  timer,
} from 'rxjs';
import type { ResultBatch, Results, Sink, Store, WriteReport } from '../domain/store.js';
import { backoffMs } from '../shared/backoff.js';
import { isRetryable, messageOf } from '../shared/errors.js';
import { callHook } from '../shared/faults.js';
import { Changes } from '../shared/wake-up.js';
import {
  type BufferedSinkHooks,
  type BufferedSinkOptions,
  DEFAULT_BUFFERED_SINK_OPTIONS,
  type ResultRefusalReason,
} from './buffered-sink-options.js';
import { pointCount, toBatch } from './points.js';
import { type QueueHead, ResultQueue } from './result-queue.js';

export interface BufferedSinkDependencies {
  readonly store: Pick<Store, 'write'>;
  readonly hooks?: Partial<BufferedSinkHooks>;
  /** Time, for tests. */
  readonly scheduler?: SchedulerLike;
  /** Numbers in `[0, 1)` for jitter, for tests. */
  readonly random?: () => number;
}

/**
 * Starts a sink that collects results and writes them to a store in batches, one write at a time, and tries again while
 * the store is unavailable. Closing the sink leaves the store open.
 */
export function startBufferedSink(
  dependencies: BufferedSinkDependencies,
  options: Partial<BufferedSinkOptions> = {},
): BufferedSink {
  const sink = new BufferedSink(dependencies, { ...DEFAULT_BUFFERED_SINK_OPTIONS, ...options });
  sink.start();
  return sink;
}

/** See {@link startBufferedSink}. */
export class BufferedSink implements Sink {
  readonly #store: Pick<Store, 'write'>;
  readonly #hooks: Partial<BufferedSinkHooks>;
  readonly #scheduler: SchedulerLike;
  readonly #random: () => number;
  readonly #options: BufferedSinkOptions;
  readonly #queue: ResultQueue;
  readonly #changes = new Changes();
  /** A flush asks for everything up to this one in order of acceptance. */
  #flushUpTo = 0;
  #failuresInARow = 0;
  #isHigh = false;
  #isClosing = false;
  #isOver = false;
  #isAnyLeft = false;
  #running: Promise<void> = Promise.resolve();
  #closed: Promise<number> | undefined;

  constructor(dependencies: BufferedSinkDependencies, options: BufferedSinkOptions) {
    this.#store = dependencies.store;
    this.#hooks = dependencies.hooks ?? {};
    this.#scheduler = dependencies.scheduler ?? asyncScheduler;
    this.#random = dependencies.random ?? Math.random;
    this.#options = options;
    this.#queue = new ResultQueue(options.maxPoints);
  }

  /** What waits to be written or is being written. */
  get pending(): { readonly points: number; readonly windows: number } {
    return { points: this.#queue.points, windows: this.#queue.windows };
  }

  start(): void {
    this.#running = this.#run();
  }

  accept(results: Results): void {
    if (pointCount(results) === 0) return;
    if (this.#isClosing) {
      this.#refuse('closed', toBatch([results]), 'the sink is closed');
    } else if (this.#queue.add(results, this.#scheduler.now())) {
      this.#announce();
    } else {
      const detail = `${this.#queue.points} of at most ${this.#options.maxPoints} points wait already`;
      this.#refuse('buffer-full', toBatch([results]), detail);
    }
  }

  async flush(): Promise<void> {
    const upTo = this.#queue.added;
    this.#flushUpTo = upTo;
    this.#announce();
    await firstValueFrom(this.#changes.whenever(() => this.#isOver || this.#queue.removed >= upTo));
  }

  /** Resolves to whether everything accepted before the call was written or refused: what was left at closing is neither. */
  async areKept(): Promise<boolean> {
    await this.flush();
    return !this.#isAnyLeft;
  }

  /** Tries once more to write what waits, then closes; resolves to the number of points that were not written. */
  dispose(): Promise<number> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #close(): Promise<number> {
    this.#isClosing = true;
    this.#announce();
    await firstValueFrom(merge(from(this.#running), timer(this.#options.closeTimeoutMs, this.#scheduler)));
    this.#isOver = true;
    const left = this.#queue.peek(Number.POSITIVE_INFINITY);
    if (left.points > 0) this.#refuse('closed', toBatch(left.results), 'closed before they were written');
    this.#announce();
    return left.points;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await firstValueFrom(this.#failuresInARow > 0 ? this.#retryDue$() : this.#batchDue$());
      const head = this.#queue.peek(this.#options.batchPoints);
      if (head.points > 0) await this.#write(head);
      const isHopeless = this.#failuresInARow > 0 || this.#queue.points === 0;
      if (this.#isClosing && isHopeless) this.#isOver = true;
    }
  }

  /** Enough waits, something has waited long enough, or someone asks for it. */
  #batchDue$(): Observable<unknown> {
    const isAsked = () => this.#isClosing || this.#flushUpTo > this.#queue.removed;
    return merge(
      this.#changes.whenever(() => this.#queue.points >= this.#options.batchPoints || isAsked()),
      this.#changes
        .whenever(() => this.#queue.points > 0)
        .pipe(take(1), delay(this.#options.flushIntervalMs, this.#scheduler)),
    );
  }

  #retryDue$(): Observable<unknown> {
    const waitMs = backoffMs(this.#failuresInARow, this.#options.retry, this.#random);
    return merge(
      timer(waitMs, this.#scheduler),
      this.#changes.whenever(() => this.#isClosing),
    );
  }

  async #write(head: QueueHead): Promise<void> {
    const batch = toBatch(head.results);
    const startedAtMs = this.#scheduler.now();
    const outcome = await this.#attempt(batch);
    if (this.#isOver) return;
    if ('error' in outcome) {
      this.#failed(head, batch, outcome.error);
      return;
    }
    const { report } = outcome;
    const nowMs = this.#scheduler.now();
    this.#settle(head);
    this.#tell((hooks) =>
      hooks.onStored?.(batch, {
        report,
        oldestWaitMs: nowMs - head.oldestAtMs,
        writeMs: nowMs - startedAtMs,
      }),
    );
    if (report.refused > 0) {
      const { refused: points, refusedWindows: windows, refusal: detail = '' } = report;
      this.#tell((hooks) => hooks.onRefused?.({ reason: 'store-refused', points, windows, batch, detail }));
    }
  }

  async #attempt(
    batch: ResultBatch,
  ): Promise<{ readonly report: WriteReport } | { readonly error: unknown }> {
    try {
      return { report: await this.#store.write(batch) };
    } catch (error) {
      return { error };
    }
  }

  /** Keeps the batch where trying again may help, and lets it go where it would only block the others. */
  #failed(head: QueueHead, batch: ResultBatch, error: unknown): void {
    if (isRetryable(error)) {
      this.#failuresInARow += 1;
      if (this.#failuresInARow === 1) this.#tell((hooks) => hooks.onUnavailable?.(error));
      return;
    }
    this.#settle(head);
    this.#refuse('write-failed', batch, messageOf(error));
  }

  #settle(head: QueueHead): void {
    this.#queue.remove(head);
    if (this.#failuresInARow > 0) this.#tell((hooks) => hooks.onRecovered?.());
    this.#failuresInARow = 0;
    this.#announce();
  }

  /** Wakes those who wait for a change, and tells of pressure where that has changed. */
  #announce(): void {
    const { highWaterPoints } = this.#options;
    const isHigh = this.#queue.points >= (this.#isHigh ? highWaterPoints / 2 : highWaterPoints);
    if (isHigh !== this.#isHigh) {
      this.#isHigh = isHigh;
      this.#tell((hooks) => hooks.onPressure?.(isHigh));
    }
    this.#changes.announce();
  }

  #refuse(reason: ResultRefusalReason, batch: ResultBatch, detail: string): void {
    this.#isAnyLeft ||= reason === 'closed';
    const points = pointCount(batch);
    const windows = batch.windows.length;
    this.#tell((hooks) => hooks.onRefused?.({ reason, points, windows, batch, detail }));
  }

  #tell(call: (hooks: Partial<BufferedSinkHooks>) => void): void {
    callHook(() => call(this.#hooks));
  }
}
