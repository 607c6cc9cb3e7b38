import {
  asyncScheduler,
  filter,
  firstValueFrom,
  merge,
  type SchedulerLike,
  Subject,
  startWith,
  timer,
} from 'rxjs';
import type { CurrentStatus } from '../domain/device.js';
import type { DeviceId } from '../domain/ids.js';
import type { Results, Sink } from '../domain/store.js';
import { type Backoff, backoffMs } from '../shared/backoff.js';
import { isRetryable } from '../shared/errors.js';
import { callHook } from '../shared/faults.js';
import { type Change, StatusBoard } from './latest-statuses.js';

/** The connection to a broker, as far as statuses need it. */
export interface StatusPublisher {
  /** Resolves when the broker has the message. */
  publish(
    topic: string,
    payload: string,
    options: { readonly retain: boolean; readonly qos: 0 | 1 },
  ): Promise<void>;
}

export interface MqttStatusSinkOptions {
  /** Messages that may be under way at once. @defaultValue 16 */
  readonly maxInFlight: number;
  /** Devices whose statuses are held; beyond it the one that has not changed for longest is forgotten. @defaultValue 10_000 */
  readonly maxDevices: number;
  /** Waits after a failure. @defaultValue 500 ms, doubling up to 30 s */
  readonly retry: Backoff;
  /** Longest that closing waits for what is under way, milliseconds. @defaultValue 1_000 */
  readonly closeTimeoutMs: number;
}

const DEFAULT_OPTIONS: MqttStatusSinkOptions = {
  maxInFlight: 16,
  maxDevices: 10_000,
  retry: { initialMs: 500, maxMs: 30_000 },
  closeTimeoutMs: 1_000,
};

export interface MqttStatusSinkDependencies {
  readonly publisher: StatusPublisher;
  /** A message could not be published; where trying again may help, that is done. */
  readonly onFailed?: (error: unknown) => void;
  /** A device was forgotten before its statuses were published. */
  readonly onForgotten?: (device: DeviceId) => void;
  /** Time, for tests. */
  readonly scheduler?: SchedulerLike;
  /** Numbers in `[0, 1)` for jitter, for tests. */
  readonly random?: () => number;
}

export interface MqttStatusSink extends Sink {
  /** Says why nothing is known of some targets of a device. */
  explain(device: DeviceId, unknown: readonly CurrentStatus[], atMs: number): void;
  /** Forgets a device, on the broker too; resolves when the broker retains nothing of it. */
  forget(device: DeviceId): Promise<void>;
}

/** Where a device's statuses are published, retained. */
export function statusTopic(device: DeviceId): string {
  return `alongside/${device}/status`;
}

/**
 * Starts a sink that publishes each device's statuses, retained, at every change and heartbeat:
 * `{device, statuses: {<target>: {status, confidence, sinceMs, reason?, simulated?, placement?}}, atMs}`. While the broker is slow
 * only the latest statuses of a device wait.
 */
export function startMqttStatusSink(
  dependencies: MqttStatusSinkDependencies,
  options: Partial<MqttStatusSinkOptions> = {},
): MqttStatusSink {
  return new StatusSink(dependencies, { ...DEFAULT_OPTIONS, ...options });
}

class StatusSink implements MqttStatusSink {
  readonly #dependencies: MqttStatusSinkDependencies;
  readonly #options: MqttStatusSinkOptions;
  readonly #scheduler: SchedulerLike;
  readonly #board: StatusBoard;
  readonly #inFlight = new Set<Change>();
  readonly #progress$ = new Subject<void>();
  #failuresInARow = 0;
  #isResting = false;
  #isClosing = false;
  #isOver = false;

  constructor(dependencies: MqttStatusSinkDependencies, options: MqttStatusSinkOptions) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#scheduler = dependencies.scheduler ?? asyncScheduler;
    this.#board = new StatusBoard(options.maxDevices);
  }

  accept(results: Results): void {
    if (this.#isClosing) return;
    for (const update of results.statuses) this.#noteForgotten(this.#board.update(update));
    this.#publishNext();
  }

  explain(device: DeviceId, unknown: readonly CurrentStatus[], atMs: number): void {
    if (this.#isClosing) return;
    this.#noteForgotten(this.#board.explain(device, unknown, atMs));
    this.#publishNext();
  }

  async flush(): Promise<void> {
    const upTo = this.#board.sequence;
    await firstValueFrom(
      this.#progress$.pipe(
        startWith(undefined),
        filter(() => this.#isPublished(upTo)),
      ),
    );
  }

  async forget(device: DeviceId): Promise<void> {
    this.#board.forget(device);
    // What is under way would be retained after the empty message that ends the retention.
    await firstValueFrom(
      this.#progress$.pipe(
        startWith(undefined),
        filter(() => ![...this.#inFlight].some((change) => change.device === device)),
      ),
    );
    await this.#dependencies.publisher.publish(statusTopic(device), '', { retain: true, qos: 1 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    await firstValueFrom(merge(this.flush(), timer(this.#options.closeTimeoutMs, this.#scheduler)));
    this.#isOver = true;
    this.#progress$.next();
  }

  #noteForgotten(device: DeviceId | undefined): void {
    if (device !== undefined) callHook(() => this.#dependencies.onForgotten?.(device));
  }

  #isPublished(upTo: number): boolean {
    const isUnderWay = [...this.#inFlight].some((change) => change.sequence <= upTo);
    return this.#isOver || !(isUnderWay || this.#board.hasChangeUpTo(upTo));
  }

  #publishNext(): void {
    while (!this.#isResting && !this.#isOver && this.#inFlight.size < this.#options.maxInFlight) {
      const change = this.#board.next;
      if (change === undefined) return;
      this.#inFlight.add(change);
      void this.#publish(change);
    }
  }

  async #publish(change: Change): Promise<void> {
    const statuses = this.#board.take(change);
    try {
      await this.#dependencies.publisher.publish(statusTopic(change.device), JSON.stringify(statuses), {
        retain: true,
        qos: 1,
      });
      this.#failuresInARow = 0;
    } catch (error) {
      callHook(() => this.#dependencies.onFailed?.(error));
      if (isRetryable(error)) this.#tryAgain(change);
    }
    this.#inFlight.delete(change);
    this.#publishNext();
    this.#progress$.next();
  }

  /** Puts the device back and lets the broker rest; what is published then are its latest statuses. */
  #tryAgain(change: Change): void {
    this.#board.putBack(change);
    if (this.#isResting) return;
    this.#isResting = true;
    this.#failuresInARow += 1;
    const random = this.#dependencies.random ?? Math.random;
    this.#scheduler.schedule(
      () => {
        this.#isResting = false;
        this.#publishNext();
      },
      backoffMs(this.#failuresInARow, this.#options.retry, random),
    );
  }
}
