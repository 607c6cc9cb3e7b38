import { Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { DeviceId } from '../domain/ids.js';
import type { CompanyUpdate } from '../domain/store.js';
import { attempt, attemptFor, type OnFault } from '../shared/faults.js';
import { followSilence, type SilenceOptions, silenceClockOf } from '../stream/silence.js';
import type { ClosedRows } from '../stream/window-frames.js';
import type { CompanyFinder, Found, SeenDevice } from './company-finder.js';
import { COMPANY_GRID } from './signature-grid.js';

const STAGE = 'company';
/** Seconds that may wait to be compared: a backlog that comes at once must not go beyond what is remembered. */
const MAX_WAITING_ROWS = 60;

export interface FindCompanyOptions extends Omit<SilenceOptions, 'idleMs'> {
  readonly finder: CompanyFinder;
  /** Names devices that take no part any more. */
  readonly left$: Observable<DeviceId>;
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
  const { finder, left$ } = options;
  return (rows$) =>
    new Observable((subscriber) => {
      const heard = silenceClockOf({ ...options, idleMs: 0 }, scheduler);
      const tell = ({ updates, seen }: Found): void => {
        for (const update of updates) subscriber.next({ type: 'company', update });
        for (const device of seen) subscriber.next({ type: 'seen', ...device });
      };
      const advance = (): void => void attempt(STAGE, onFault, () => tell(finder.advance(heard.nowMs())));
      const letGo = (device: DeviceId): void =>
        void attempt(STAGE, onFault, () => tell(finder.forget(device)));
      subscriber.add(followSilence({ ...options, idleMs: 0 }, scheduler, { sweep: advance, letGo }));
      subscriber.add(left$.subscribe(letGo));
      subscriber.add(
        rows$.subscribe({
          next: (rows) => {
            for (const frames of rows.frames) {
              if (frames.model !== COMPANY_GRID.model) continue;
              attemptFor(rows, STAGE, onFault, () => finder.take(frames, heard.nowMs()));
            }
            if (finder.waitingRows > MAX_WAITING_ROWS) advance();
          },
          error: (error) => subscriber.error(error),
          complete: () => {
            advance();
            subscriber.complete();
          },
        }),
      );
    });
}
