import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

interface Task {
  readonly dueMs: number;
  readonly run: () => void;
}

/**
 * A scheduler whose time is that of a log: it moves only when it is told to, so that what depends on time depends on the log
 * alone, and not on which gateway reads it when. Work without delay is due at once, and done one piece at a time by {@link runNext}.
 */
export class LogScheduler implements SchedulerLike {
  readonly #tasks = new Set<Task>();
  readonly #onWork: () => void;
  #nowMs: number;

  /** @param onWork called when there is work that is due */
  constructor(startMs: number, onWork: () => void = () => undefined) {
    this.#nowMs = startMs;
    this.#onWork = onWork;
  }

  now(): number {
    return this.#nowMs;
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs = 0, state?: T): Subscription {
    const action = new LogAction<T>(work, (run, ms) => this.#add(run, ms));
    return action.schedule(state, delayMs);
  }

  /** Does the piece of work that is due first; `false` when none is. */
  runNext(): boolean {
    let first: Task | undefined;
    for (const task of this.#tasks) if (first === undefined || task.dueMs < first.dueMs) first = task;
    if (first === undefined || first.dueMs > this.#nowMs) return false;
    this.#tasks.delete(first);
    first.run();
    return true;
  }

  /** Lets time pass; what becomes due is done by {@link runNext}. */
  moveTo(ms: number): void {
    this.#nowMs = Math.max(this.#nowMs, ms);
  }

  #add(run: () => void, delayMs: number): Subscription {
    const task = { dueMs: this.#nowMs + delayMs, run };
    this.#tasks.add(task);
    if (delayMs === 0) this.#onWork();
    return new Subscription(() => this.#tasks.delete(task));
  }
}

type Add = (run: () => void, delayMs: number) => Subscription;

/** A piece of work that may put itself on the list again. */
class LogAction<T> extends Subscription implements SchedulerAction<T> {
  readonly #work: (this: SchedulerAction<T>, state?: T) => void;
  readonly #add: Add;
  #waiting: Subscription | undefined;

  constructor(work: (this: SchedulerAction<T>, state?: T) => void, add: Add) {
    super();
    this.#work = work;
    this.#add = add;
    this.add(() => this.#waiting?.unsubscribe());
  }

  schedule(state?: T, delayMs = 0): Subscription {
    this.#waiting?.unsubscribe();
    if (!this.closed) this.#waiting = this.#add(() => this.#work.call(this, state), delayMs);
    return this;
  }
}
