import { Observable, type OperatorFunction } from 'rxjs';
import type { Settle } from '../domain/delivery.js';

/** Something that threw although nothing here may: a fault of the gateway's own, whatever input brought it out. */
export interface Fault {
  /** Where it was, for people. */
  readonly stage: string;
  readonly error: unknown;
}

/** Takes note of a fault; what it throws itself goes nowhere. */
export type OnFault = (fault: Fault) => void;

/** Does something of which a failure ends neither the stream nor the process. @returns whether it was done */
export function attempt(stage: string, onFault: OnFault | undefined, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    try {
      onFault?.({ stage, error });
    } catch {
      // There is nobody left to tell.
    }
    return false;
  }
}

/** What flows from stage to stage: it carries the settlement of the message it comes from. */
export interface Settleable {
  readonly settle: Settle;
}

/** Settles what comes from no message, such as rows that silence has closed. */
export const fromNoMessage: Settle = () => undefined;

/** Does a stage's work on a value: what it throws ends nothing, and rejects the value's message. @returns whether it was done */
export function attemptFor(
  { settle }: Settleable,
  stage: string,
  onFault: OnFault | undefined,
  work: () => void,
): boolean {
  if (attempt(stage, onFault, work)) return true;
  const detail = `a fault in the stage ${stage}; the log has its stack`;
  attempt(stage, undefined, () => settle({ kind: 'rejected', reason: 'internal', detail }));
  return false;
}

type Work<I, O> = (value: I, emit: (result: O) => void) => void;

/** A stage that works on one value after the other. A value on which it throws is left out, and its message rejected. */
export function messageStage<I extends Settleable, O>(
  name: string,
  onFault: OnFault | undefined,
  work: Work<I, O>,
): OperatorFunction<I, O> {
  return guarded(work, (value, doWork) => attemptFor(value, name, onFault, doWork));
}

/** The same for values that are no message's any more, such as results. */
export function resultStage<I, O>(
  name: string,
  onFault: OnFault | undefined,
  work: Work<I, O>,
): OperatorFunction<I, O> {
  return guarded(work, (_value, doWork) => attempt(name, onFault, doWork));
}

function guarded<I, O>(
  work: Work<I, O>,
  guard: (value: I, doWork: () => void) => boolean,
): OperatorFunction<I, O> {
  return (values$) =>
    new Observable((subscriber) => {
      const emit = (result: O): void => subscriber.next(result);
      return values$.subscribe({
        next: (value) => void guard(value, () => work(value, emit)),
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
}
