import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import type { DeviceId } from '../../domain/ids.js';
import type { ResultBatch, Results, Sink, Store, WriteReport } from '../../domain/store.js';
import { callHook } from '../../shared/faults.js';
import { type BufferedSink, startBufferedSink } from '../buffered-sink.js';
import type { BufferedSinkHooks } from '../buffered-sink-options.js';
import { keepStorable, pointCount, UNSTORABLE } from '../points.js';
import type { Outbox } from './outbox.js';
import { type DeadLetters, type DrainHooks, OutboxDrain, type Passed } from './outbox-drain.js';
import {
  DEFAULT_OUTBOX_SINK_OPTIONS,
  type Expired,
  type OutboxSinkHooks,
  type OutboxSinkOptions,
} from './outbox-sink-options.js';
import { StoreQueues, sumOf } from './store-queues.js';

export interface OutboxSinkDependencies {
  readonly store: Pick<Store, 'write'>;
  readonly outbox: Outbox;
  readonly deadLetters: DeadLetters;
  readonly hooks?: Partial<OutboxSinkHooks>;
  /** Time, for tests. */
  readonly scheduler?: SchedulerLike;
  /** Numbers in `[0, 1)` for jitter, for tests. */
  readonly random?: () => number;
}

/** What waits on the disk. */
export interface OutboxBacklog {
  readonly points: number;
  readonly windows: number;
  readonly bytes: number;
  /** When the oldest point was kept, epoch milliseconds. */
  readonly oldestAtMs: number | undefined;
}

/**
 * Starts a sink that keeps results on the disk, and from there writes them to the store: an outage of the store, or of the
 * gateway, loses nothing until the limits are reached. With `passWithinMs` results that need not wait go to the store alone,
 * and to the disk if it does not take them. Closing the sink leaves outbox and store open.
 */
export function startOutboxSink(
  dependencies: OutboxSinkDependencies,
  options: Partial<OutboxSinkOptions> = {},
): OutboxSink {
  const sink = new OutboxSink(dependencies, { ...DEFAULT_OUTBOX_SINK_OPTIONS, ...options });
  sink.start();
  return sink;
}

/** See {@link startOutboxSink}. */
export class OutboxSink implements Sink {
  readonly #hooks: Partial<OutboxSinkHooks>;
  readonly #outbox: Outbox;
  readonly #queues: StoreQueues;
  readonly #writer: BufferedSink;
  readonly #drain: OutboxDrain;
  readonly #scheduler: SchedulerLike;
  /** What the store has taken past the disk and is still to be told. */
  #passed: Passed | undefined;
  /** Windows that should be on the disk by what was kept and written. */
  #accountedWindows = 0;
  /** How many of writer and drain cannot use the disk. */
  #diskTroubles = 0;
  #opened: Subscription | undefined;
  #closed: Promise<number> | undefined;

  constructor(dependencies: OutboxSinkDependencies, options: OutboxSinkOptions) {
    const { outbox, scheduler = asyncScheduler, hooks = {} } = dependencies;
    this.#hooks = hooks;
    this.#outbox = outbox;
    this.#queues = new StoreQueues(outbox);
    this.#scheduler = scheduler;
    const write = (batch: ResultBatch) => this.#write(batch);
    this.#writer = startBufferedSink(
      { ...dependencies, store: { write }, hooks: this.#writerHooks() },
      options,
    );
    this.#drain = new OutboxDrain(
      { ...dependencies, queues: this.#queues, hooks: this.#drainHooks() },
      options,
    );
  }

  /** What is neither on the disk nor in the store yet. */
  get pending(): { readonly points: number; readonly windows: number } {
    return this.#writer.pending;
  }

  get backlog(): OutboxBacklog {
    const { waiting, bytes, oldestAtMs } = this.#queues;
    return { points: sumOf(waiting), windows: waiting.windows, bytes, oldestAtMs };
  }

  start(): void {
    this.#opened = this.#outbox.opened$.subscribe(() => this.#compare());
    this.#drain.start();
  }

  accept(results: Results): void {
    this.#writer.accept(results);
  }

  /** Resolves when everything accepted before the call is safe, was refused, or the sink was disposed of. */
  async flush(): Promise<void> {
    await this.#writer.flush();
  }

  /** Resolves to whether everything accepted before the call is safe or was refused: what was left at closing is not. */
  areKept(): Promise<boolean> {
    return this.#writer.areKept();
  }

  /** Resolves when nothing waits on the disk, or the sink was disposed of. */
  async drained(): Promise<void> {
    await this.#drain.drained();
  }

  /** Whether something waits on the disk of a device. */
  holds(device: DeviceId): Promise<boolean> {
    return this.#queues.holds(device);
  }

  /** Removes what waits on the disk of a device; when it resolves nothing of it is on its way to the store. */
  async forget(device: DeviceId): Promise<void> {
    const onWindows = (windows: number) => {
      this.#accountedWindows -= windows;
      this.#tell((hooks) => hooks.onForgotten?.(windows));
    };
    await this.#drain.exclusively(() => this.#queues.forget(device, onWindows));
  }

  /** Keeps what is pending, writes what the store takes at once, then closes; resolves to the points that were not kept. */
  dispose(): Promise<number> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #close(): Promise<number> {
    const notKept = await this.#writer.dispose();
    await this.#drain.dispose();
    this.#opened?.unsubscribe();
    return notKept;
  }

  /** Brings results to the store or the disk; resolves to what no store can keep of them. */
  async #write(batch: ResultBatch): Promise<WriteReport> {
    const { batch: storable, refused, refusedWindows } = keepStorable(batch);
    this.#passed = await this.#drain.pass(storable);
    if (this.#passed === undefined) await this.#queues.keep(storable, this.#scheduler.now());
    const refusal = refused > 0 ? UNSTORABLE : undefined;
    return { written: pointCount(storable), refused, refusedWindows, refusal };
  }

  #writerHooks(): Partial<BufferedSinkHooks> {
    return {
      onStored: (batch, { report }) => {
        this.#accountedWindows += batch.windows.length - report.refusedWindows;
        this.#tell((hooks) => hooks.onKept?.(batch, report.refusedWindows));
        if (this.#passed === undefined) this.#drain.wake();
        else this.#drain.tellPassed(this.#passed);
      },
      onRefused: (refusal) => this.#tell((hooks) => hooks.onRefused?.(refusal)),
      onPressure: (isHigh) => this.#tell((hooks) => hooks.onPressure?.(isHigh)),
      onUnavailable: (error) => this.#diskFailed(error),
      onRecovered: () => this.#diskRecovered(),
    };
  }

  #drainHooks(): Partial<DrainHooks> {
    return {
      ...this.#hooks,
      onStored: (batch, info) => {
        this.#accountedWindows -= batch.windows.length;
        this.#tell((hooks) => hooks.onStored?.(batch, info));
      },
      onRefused: (refusal) => {
        if (refusal.reason === 'write-failed') this.#accountedWindows -= refusal.windows;
        this.#tell((hooks) => hooks.onRefused?.(refusal));
      },
      onExpired: (expired) => this.#expired(expired),
      onDiskUnavailable: (error) => this.#diskFailed(error),
      onDiskRecovered: () => this.#diskRecovered(),
    };
  }

  /** What an earlier run has left is more than was accounted for, and what went with a damaged folder is less. */
  #compare(): void {
    const windows = this.#queues.waiting.windows - this.#accountedWindows;
    if (windows < 0) this.#expired({ reason: 'damaged', points: -windows, windows: -windows });
    if (windows <= 0) return;
    this.#accountedWindows += windows;
    this.#tell((hooks) => hooks.onRestored?.(windows));
  }

  #expired(expired: Expired): void {
    this.#accountedWindows -= expired.windows;
    this.#tell((hooks) => hooks.onExpired?.(expired));
  }

  #diskFailed(error: unknown): void {
    this.#diskTroubles += 1;
    if (this.#diskTroubles === 1) this.#tell((hooks) => hooks.onDiskUnavailable?.(error));
  }

  #diskRecovered(): void {
    this.#diskTroubles -= 1;
    if (this.#diskTroubles === 0) this.#tell((hooks) => hooks.onDiskRecovered?.());
  }

  #tell(call: (hooks: Partial<OutboxSinkHooks>) => void): void {
    callHook(() => call(this.#hooks));
  }
}
