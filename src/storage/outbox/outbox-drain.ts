import {
  asyncScheduler,
  firstValueFrom,
  from,
  map,
  merge,
  type Observable,
  of,
  type SchedulerLike,
  switchMap,
  timer,
} from 'rxjs';
import type { ResultBatch, Store, WriteReport } from '../../domain/store.js';
import { GatewayError, isRetryable, messageOf } from '../../shared/errors.js';
import { callHook } from '../../shared/faults.js';
import { Changes } from '../../shared/wake-up.js';
import type { StoredInfo } from '../buffered-sink-options.js';
import { loosen } from '../point-codec.js';
import { pointCount } from '../points.js';
import type { DeadLetter } from './dead-letter-file.js';
import { DrainPace } from './drain-pace.js';
import type { ExpiryReason, OutboxSinkHooks, OutboxSinkOptions } from './outbox-sink-options.js';
import { type PointCounts, type StoreQueues, sumOf, type WaitingBatch } from './store-queues.js';

/** Where points go that the store will never take. */
export interface DeadLetters {
  /** Resolves when the letters are on the disk, to how many old ones were deleted for them. */
  append(letters: readonly DeadLetter[]): Promise<number>;
}

export type DrainHooks = Omit<OutboxSinkHooks, 'onKept' | 'onPressure' | 'onRestored'>;

export interface OutboxDrainDependencies {
  readonly queues: StoreQueues;
  readonly store: Pick<Store, 'write'>;
  readonly deadLetters: DeadLetters;
  readonly hooks: Partial<DrainHooks>;
  readonly scheduler?: SchedulerLike;
  readonly random?: () => number;
}

/** A batch that the store has taken past the disk. */
export interface Passed {
  readonly batch: ResultBatch;
  readonly report: WriteReport;
  readonly writeMs: number;
}

const NOTHING_WRITTEN: WriteReport = { written: 0, refused: 0, refusedWindows: 0, refusal: undefined };

/** Writes what waits on the disk to the store, one batch at a time, for as long as it takes. */
export class OutboxDrain {
  readonly #dependencies: OutboxDrainDependencies;
  readonly #options: OutboxSinkOptions;
  readonly #scheduler: SchedulerLike;
  readonly #changes = new Changes();
  readonly #pace: DrainPace;
  #isOpen = false;
  #isStoreDown = false;
  #isDiskDown = false;
  #turn: Promise<unknown> = Promise.resolve();
  #isClosing = false;
  #isOver = false;
  #running: Promise<void> = Promise.resolve();

  constructor(dependencies: OutboxDrainDependencies, options: OutboxSinkOptions) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#scheduler = dependencies.scheduler ?? asyncScheduler;
    this.#pace = new DrainPace(options);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Something has been kept. */
  wake(): void {
    this.#changes.announce();
  }

  /** Resolves when nothing waits, or the drain was disposed of. */
  async drained(): Promise<void> {
    await firstValueFrom(
      this.#changes.whenever(() => this.#isOver || (this.#isOpen && this.#dependencies.queues.points === 0)),
    );
  }

  /** Does something to the queues while nothing is being written from them. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.then(
      () => undefined,
      () => undefined,
    );
    return await turn;
  }

  /**
   * Writes a batch past the disk, where nothing waits on it: its two commits there cost more than its request to the store.
   * The messages behind it stay in the journal meanwhile.
   *
   * @returns what is to be told by {@link tellPassed}; `undefined` where the batch must go to the disk, since others wait there
   *   or the store does not take it in time
   */
  async pass(batch: ResultBatch): Promise<Passed | undefined> {
    const { passWithinMs } = this.#options;
    const isFree = this.#isOpen && !this.#pace.isFailing && this.#dependencies.queues.points === 0;
    if (!isFree || passWithinMs === 0) return undefined;
    let isLate = false;
    const work = async (): Promise<Passed | undefined> => {
      const startedAtMs = this.#scheduler.now();
      const outcome = await this.#write(batch);
      if ('error' in outcome || isLate) return undefined;
      const writeMs = this.#scheduler.now() - startedAtMs;
      await this.#bury(outcome.report.refusedPoints ?? []);
      return { batch, report: outcome.report, writeMs };
    };
    // What cannot be put among the dead letters now waits on the disk for them.
    const passed$ = from(this.exclusively(work).catch(() => undefined));
    const late$ = timer(passWithinMs, this.#scheduler).pipe(map(() => undefined));
    const passed = await firstValueFrom(merge(passed$, late$));
    isLate = true;
    return passed;
  }

  tellPassed({ batch, report, writeMs }: Passed): void {
    this.#tellWritten(batch, { report, writeMs, oldestWaitMs: writeMs });
  }

  /** Writes what can be written soon; the rest stays on the disk. */
  async dispose(): Promise<void> {
    this.#isClosing = true;
    this.#changes.announce();
    const { closeTimeoutMs } = this.#options;
    await firstValueFrom(merge(from(this.#running), timer(closeTimeoutMs, this.#scheduler)));
    this.#isOver = true;
    this.#changes.announce();
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await firstValueFrom(this.#due$());
      await this.exclusively(() => this.#step());
      const isHopeless = this.#pace.isFailing || this.#dependencies.queues.points === 0;
      if (this.#isClosing && isHopeless) this.#isOver = true;
      this.#changes.announce();
    }
  }

  #due$(): Observable<unknown> {
    const { queues, random = Math.random } = this.#dependencies;
    const isWanted = () => !this.#isOpen || this.#pace.isFailing || queues.points > 0;
    const waitMs = this.#pace.waitMs(this.#scheduler.now(), random);
    const waited$: Observable<unknown> = waitMs > 0 ? timer(waitMs, this.#scheduler) : of(undefined);
    return merge(
      waited$.pipe(switchMap(() => this.#changes.whenever(isWanted))),
      this.#changes.whenever(() => this.#isClosing),
    );
  }

  async #step(): Promise<void> {
    const { queues } = this.#dependencies;
    try {
      await queues.open();
      this.#isOpen = true;
      await this.#trim();
      const next = await queues.next(this.#pace.batchPoints);
      if (next === undefined) this.#foundNothing();
      else await this.#deliver(next);
    } catch (error) {
      // What fails here and is not the store is the disk; whatever it was, nothing has been let go.
      if (!this.#isOver) this.#diskFailed(error);
    }
  }

  async #trim(): Promise<void> {
    const { maxBytes, maxAgeMs } = this.#options;
    for (;;) {
      const limit = { maxBytes, keepFromMs: this.#scheduler.now() - maxAgeMs };
      const { tooOld, tooMuch } = await this.#dependencies.queues.trim(limit);
      this.#tellExpired('too-old', tooOld);
      this.#tellExpired('too-much', tooMuch);
      if (sumOf(tooOld) + sumOf(tooMuch) === 0) return;
    }
  }

  async #deliver(next: WaitingBatch): Promise<void> {
    const startedAtMs = this.#scheduler.now();
    const outcome = await this.#write(next.batch);
    if (this.#isOver) return;
    if ('error' in outcome) {
      if (isWorthWaiting(outcome.error)) this.#storeFailed(outcome.error);
      else await this.#giveUp(next, outcome.error);
      return;
    }
    const writtenAtMs = this.#scheduler.now();
    await this.#bury(outcome.report.refusedPoints ?? []);
    await this.#dependencies.queues.settle(next);
    if (this.#isOver) return;
    this.#succeeded(next, startedAtMs);
    this.#tellExpired('damaged', next.damaged);
    const oldestWaitMs = this.#scheduler.now() - next.oldestAtMs;
    const info = { report: outcome.report, oldestWaitMs, writeMs: writtenAtMs - startedAtMs };
    this.#tellWritten(next.batch, info);
  }

  async #write(batch: ResultBatch): Promise<{ report: WriteReport } | { error: unknown }> {
    if (pointCount(batch) === 0) return { report: NOTHING_WRITTEN };
    try {
      return { report: await this.#dependencies.store.write(batch) };
    } catch (error) {
      return { error };
    }
  }

  /** The store failed in a way that trying again would not help: what blocks the others goes to the dead letters. */
  async #giveUp(next: WaitingBatch, error: unknown): Promise<void> {
    const { batch } = next;
    const detail = messageOf(error);
    await this.#bury([{ batch, words: detail }]);
    await this.#dependencies.queues.settle(next);
    const points = pointCount(batch);
    const windows = batch.windows.length;
    this.#tell((hooks) => hooks.onRefused?.({ reason: 'write-failed', points, windows, batch, detail }));
    this.#tellExpired('damaged', next.damaged);
  }

  async #bury(refused: NonNullable<WriteReport['refusedPoints']>): Promise<void> {
    const atMs = this.#scheduler.now();
    const letters = refused.flatMap(({ batch, words }) =>
      loosen(batch).map((payload) => ({ atMs, words, payload })),
    );
    if (letters.length === 0) return;
    const deleted = await this.#dependencies.deadLetters.append(letters);
    this.#tell((hooks) => hooks.onDeadLetters?.(letters.length, deleted));
  }

  #tellWritten(batch: ResultBatch, info: StoredInfo): void {
    if (pointCount(batch) === 0) return;
    this.#tell((hooks) => hooks.onStored?.(batch, info));
    const reason = 'store-refused';
    for (const { batch: refused, words: detail } of info.report.refusedPoints ?? []) {
      const points = pointCount(refused);
      const windows = refused.windows.length;
      this.#tell((hooks) => hooks.onRefused?.({ reason, points, windows, batch: refused, detail }));
    }
  }

  #tellExpired(reason: ExpiryReason, counts: PointCounts): void {
    const points = sumOf(counts);
    const { windows } = counts;
    if (points > 0) this.#tell((hooks) => hooks.onExpired?.({ reason, points, windows }));
  }

  #succeeded(next: WaitingBatch, startedAtMs: number): void {
    const isFull = pointCount(next.batch) >= this.#pace.batchPoints;
    this.#pace.succeeded(startedAtMs, isFull && this.#dependencies.queues.points > 0);
    if (this.#isStoreDown) this.#tell((hooks) => hooks.onRecovered?.());
    this.#isStoreDown = false;
    this.#diskWorks();
  }

  /** Nothing is known of the store, then. */
  #foundNothing(): void {
    if (!this.#isStoreDown) this.#pace.succeeded(this.#scheduler.now(), false);
    this.#diskWorks();
  }

  #diskWorks(): void {
    if (this.#isDiskDown) this.#tell((hooks) => hooks.onDiskRecovered?.());
    this.#isDiskDown = false;
  }

  #storeFailed(error: unknown): void {
    this.#pace.storeFailed(error);
    if (!this.#isStoreDown) this.#tell((hooks) => hooks.onUnavailable?.(error));
    this.#isStoreDown = true;
  }

  #diskFailed(error: unknown): void {
    this.#pace.diskFailed(error);
    if (!this.#isDiskDown) this.#tell((hooks) => hooks.onDiskUnavailable?.(error));
    this.#isDiskDown = true;
  }

  #tell(call: (hooks: Partial<DrainHooks>) => void): void {
    callHook(() => call(this.#dependencies.hooks));
  }
}

/** A closed store comes back with the next start of the gateway. */
function isWorthWaiting(error: unknown): boolean {
  return isRetryable(error) || (error instanceof GatewayError && error.code === 'CLOSED');
}
