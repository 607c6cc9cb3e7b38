import type { Signal } from '@preact/signals';
import { wordsOf } from '../client/client.js';
import type { Session } from './session.js';

/** After a failure it is tried again sooner than what is only kept up to date. */
const RETRY_MS = 5000;

export interface KeepLoadedOptions {
  readonly session: Pick<Session, 'noteError'>;
  /** Why it could not be loaded; `undefined` as soon as it could. */
  readonly problem: Signal<string | undefined>;
  /** How often it is loaded again; by default once is enough. */
  readonly everyMs?: number;
}

/**
 * Loads something, again after each failure, until what it returns is called: what is shown recovers by itself. A refused
 * token ends it, since every further attempt would count as one more wrong token.
 */
export function keepLoaded(
  load: (signal: AbortSignal) => Promise<void>,
  { session, problem, everyMs }: KeepLoadedOptions,
): () => void {
  const abort = new AbortController();
  const { signal } = abort;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const attempt = async (): Promise<void> => {
    let waitMs = everyMs;
    try {
      await load(signal);
      if (!signal.aborted) problem.value = undefined;
    } catch (error) {
      if (signal.aborted || session.noteError(error)) return;
      problem.value = wordsOf(error);
      waitMs = RETRY_MS;
    }
    if (!signal.aborted && waitMs !== undefined) timer = setTimeout(() => void attempt(), waitMs);
  };
  void attempt();
  return () => {
    abort.abort();
    clearTimeout(timer);
  };
}
