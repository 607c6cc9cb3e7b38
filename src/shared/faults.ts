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
    takeNote(stage, onFault, error);
    return false;
  }
}

function takeNote(stage: string, onFault: OnFault | undefined, error: unknown): void {
  try {
    onFault?.({ stage, error });
  } catch {
    // There is nobody left to tell.
  }
}

/** Calls someone else's function so that its error neither stops the caller nor is hidden: it becomes an uncaught exception. */
export function callHook(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
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
  value: Settleable,
  stage: string,
  onFault: OnFault | undefined,
  work: () => void,
): boolean {
  try {
    work();
    return true;
  } catch (error) {
    rejectFor(value, stage, onFault, error);
    return false;
  }
}

function rejectFor(
  { settle }: Settleable,
  stage: string,
  onFault: OnFault | undefined,
  error: unknown,
): void {
  takeNote(stage, onFault, error);
  const detail = `a fault in the stage ${stage}; the log has its stack`;
  attempt(stage, undefined, () => settle({ kind: 'rejected', reason: 'internal', detail }));
}

type Work<I, O> = (value: I, emit: (result: O) => void) => void;

/** A stage that works on one value after the other. A value on which it throws is left out, and its message rejected. */
export function messageStage<I extends Settleable, O>(
  name: string,
  onFault: OnFault | undefined,
  work: Work<I, O>,
): OperatorFunction<I, O> {
  return guarded(work, (value, error) => rejectFor(value, name, onFault, error));
}

/** The same for values that are no message's any more, such as results. */
export function resultStage<I, O>(
  name: string,
  onFault: OnFault | undefined,
  work: Work<I, O>,
): OperatorFunction<I, O> {
  return guarded(work, (_value, error) => takeNote(name, onFault, error));
}

function guarded<I, O>(
  work: Work<I, O>,
  onThrown: (value: I, error: unknown) => void,
): OperatorFunction<I, O> {
  return (values$) =>
    new Observable((subscriber) => {
      const emit = (result: O): void => subscriber.next(result);
      return values$.subscribe({
        // No function is made for each value: on the way of a message there are a dozen such stages.
        next: (value) => {
          try {
            work(value, emit);
          } catch (error) {
            onThrown(value, error);
          }
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
}
