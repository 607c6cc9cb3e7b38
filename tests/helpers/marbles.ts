import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';

/** Runs a marble test in virtual time; the scheduler is what operators take as their clock. */
export function runMarbles(
  test: (helpers: RunHelpers & { readonly testScheduler: TestScheduler }) => void,
): void {
  const testScheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  testScheduler.run((helpers) => test({ ...helpers, testScheduler }));
}
