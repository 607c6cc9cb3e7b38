import { atMost } from '../at-most.js';

export interface EveryOptions {
  /** Takes why a round failed; the next one comes in its time all the same. */
  readonly onFailed: (error: unknown) => void;
  /** Longest that disposing waits for the round under way, milliseconds. @defaultValue 1_000 */
  readonly closeWithinMs?: number;
}

/** Does something again and again until disposed of; a round that takes longer than the period delays the next one. */
export function every(
  periodMs: number,
  work: () => Promise<void> | void,
  { onFailed, closeWithinMs = 1000 }: EveryOptions,
): AsyncDisposable {
  let running: Promise<void> | undefined;
  const round = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      onFailed(error);
    } finally {
      running = undefined;
    }
  };
  const timer = setInterval(() => {
    running ??= round();
  }, periodMs);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      if (running !== undefined) await atMost(closeWithinMs, running);
    },
  };
}
