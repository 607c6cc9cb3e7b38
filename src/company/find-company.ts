import { NEVER, Observable, type OperatorFunction, type SchedulerLike, Subscription } from 'rxjs';
import type { DeviceId } from '../domain/ids.js';
import type { CompanyUpdate } from '../domain/store.js';
import type { AlignedFrames } from '../domain/window.js';
import { attempt, attemptFor, type OnFault } from '../shared/faults.js';
import { followSilence, type SilenceOptions, silenceClockOf } from '../stream/silence.js';
import type { ClosedRows } from '../stream/window-frames.js';
import type { Found, SeenDevice } from './companions.js';
import { COMPANY_GRID } from './signature-grid.js';

const STAGE = 'company';
/** Seconds of a device that may wait to be compared: a backlog must not go beyond what is remembered. */
const MAX_WAITING_SECONDS = 60;
/** Comparisons hold the event loop for so long at most, and then let others in, milliseconds. */
const TURN_MS = 8;

/** Finds out who is with whom by itself, or hears of it. */
export interface Finder {
  take(frames: AlignedFrames, heardMs: number): void;
  /** Seconds of a device that were taken in and not compared yet. */
  waitingSeconds(device: DeviceId): number;
  /** Does what there is to do, step by step; between two steps anything may happen. */
  advance(heardMs: number): Generator<Found, void>;
  /** Nothing of a device is left. */
  forget(device: DeviceId): Found;
}

export interface FindCompanyOptions extends Omit<SilenceOptions, 'idleMs'> {
  readonly finder: Finder;
  /** Names devices that take no part any more. */
  readonly left$: Observable<DeviceId>;
  /** What was found out elsewhere. @defaultValue nothing is */
  readonly heard$?: Observable<Found>;
}

/** What was found out: a change of company of one of two devices, or that a device was looked at. */
export type CompanyEvent =
  | { readonly type: 'company'; readonly update: CompanyUpdate }
  | ({ readonly type: 'seen' } & SeenDevice);

/**
 * Finds out who is with whom, from the rows of {@link COMPANY_GRID}. Completes with its source; on unsubscription what was
 * not compared yet is forgotten.
 *
 * @param scheduler clock and timer; tests give a virtual one
 */
export function findCompany(
  options: FindCompanyOptions,
  scheduler: SchedulerLike,
  onFault?: OnFault,
): OperatorFunction<ClosedRows, CompanyEvent> {
  const { finder, left$, heard$ = NEVER } = options;
  return (rows$) =>
    new Observable((subscriber) => {
      const heard = silenceClockOf({ ...options, idleMs: 0 }, scheduler);
      let round: Generator<Found, void> | undefined;
      let nextTurn = Subscription.EMPTY;
      const tell = ({ updates, seen }: Found): void => {
        for (const update of updates) subscriber.next({ type: 'company', update });
        for (const device of seen) subscriber.next({ type: 'seen', ...device });
      };
      /** Goes on with what is under way, or begins again. A fault ends this round, not the next. */
      const advance = (untilMs: number): void => {
        const current = round;
        round = undefined;
        attempt(STAGE, onFault, () => {
          const steps = current ?? finder.advance(heard.nowMs());
          if (!goOn(steps, tell, () => scheduler.now() >= untilMs)) round = steps;
        });
      };
      const takeTurn = (): void => {
        nextTurn.unsubscribe();
        advance(scheduler.now() + TURN_MS);
        if (round !== undefined) nextTurn = scheduler.schedule(takeTurn);
      };
      const finish = (): void => {
        if (round !== undefined) advance(Number.POSITIVE_INFINITY);
        advance(Number.POSITIVE_INFINITY);
      };
      const letGo = (device: DeviceId): void =>
        void attempt(STAGE, onFault, () => tell(finder.forget(device)));
      subscriber.add(followSilence({ ...options, idleMs: 0 }, scheduler, { sweep: takeTurn, letGo }));
      subscriber.add(() => nextTurn.unsubscribe());
      subscriber.add(left$.subscribe(letGo));
      subscriber.add(heard$.subscribe((found) => void attempt(STAGE, onFault, () => tell(found))));
      subscriber.add(
        rows$.subscribe({
          next: (rows) => {
            for (const frames of rows.frames) {
              if (frames.model !== COMPANY_GRID.model) continue;
              attemptFor(rows, STAGE, onFault, () => finder.take(frames, heard.nowMs()));
              if (finder.waitingSeconds(frames.device) > MAX_WAITING_SECONDS) finish();
            }
          },
          error: (error) => subscriber.error(error),
          complete: () => {
            finish();
            subscriber.complete();
          },
        }),
      );
    });
}

/** Takes steps until time is up. @returns whether all are done */
function goOn(steps: Generator<Found, void>, tell: (found: Found) => void, isTimeUp: () => boolean): boolean {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return true;
    tell(value);
    if (isTimeUp()) return false;
  }
}
