import { filter, type Observable, type SchedulerLike, Subject, startWith } from 'rxjs';

/** Something to wait on that can be cut short; a ring while nobody waits is not lost. */
export class Alarm {
  readonly #scheduler: SchedulerLike;
  #isRung = false;
  #wake: (() => void) | undefined;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  /** Resolves when it rings or time is up. @param ms `undefined`: only when it rings */
  async wait(ms?: number): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        const timer = ms === undefined ? undefined : this.#scheduler.schedule(() => resolve(), ms);
        this.#wake = () => {
          timer?.unsubscribe();
          resolve();
        };
      });
    }
    this.#wake = undefined;
    this.#isRung = false;
  }
}

/** Wakes those who wait for a condition whenever something that it may depend on has changed. */
export class Changes {
  readonly #changed$ = new Subject<void>();

  announce(): void {
    this.#changed$.next();
  }

  /** Emits at once and at every change, as long as a condition holds. */
  whenever(condition: () => boolean): Observable<unknown> {
    return this.#changed$.pipe(startWith(undefined), filter(condition));
  }
}
