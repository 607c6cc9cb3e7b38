import { filter, type Observable, Subject, startWith } from 'rxjs';

/** Wakes those who wait for a condition whenever something that it may depend on has changed. */
export class Changes {
  readonly #changed$ = new Subject<void>();

  notice(): void {
    this.#changed$.next();
  }

  /** Emits at once and at every change, as long as a condition holds. */
  whenever(condition: () => boolean): Observable<unknown> {
    return this.#changed$.pipe(startWith(undefined), filter(condition));
  }
}
