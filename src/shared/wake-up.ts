import type { SchedulerLike } from 'rxjs';

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
