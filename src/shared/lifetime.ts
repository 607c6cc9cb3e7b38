import { setTimeout as sleep } from 'node:timers/promises';

/** What must be closed, in reverse order of opening; one that fails does not keep the others open. */
export class Closers implements AsyncDisposable {
  readonly #closers: (() => PromiseLike<void> | void)[] = [];
  readonly #limitMs: number | undefined;

  /** @param limitMs time for closing all, milliseconds; what is not closed by then is closed without waiting for it */
  constructor(limitMs?: number) {
    this.#limitMs = limitMs;
  }

  /** Takes note of something open and returns it. */
  add<T extends AsyncDisposable>(resource: T): T {
    this.#closers.push(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  /** The same for what is still being opened. */
  async adding<T extends AsyncDisposable>(opening: Promise<T>): Promise<T> {
    return this.add(await opening);
  }

  /** Takes note of something to be done at closing. */
  defer(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  /** @throws the first error that a closer threw, after all have been called */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    const over = new AbortController();
    const late = this.#limitMs === undefined ? [] : [untilLate(this.#limitMs, over.signal)];
    for (const close of this.#closers.splice(0).reverse()) {
      const closed = Promise.resolve()
        .then(close)
        .catch((error: unknown) => void errors.push(error));
      await Promise.race([closed, ...late]);
    }
    over.abort();
    if (errors.length > 0) throw errors[0];
  }
}

async function untilLate(limitMs: number, signal: AbortSignal): Promise<void> {
  await sleep(limitMs, undefined, { signal }).catch(() => undefined);
}

/**
 * Waits for all that is being opened, also when a part fails: what is open can be closed then, and nothing opens after it.
 *
 * @throws the first error
 */
export async function openTogether<T extends readonly unknown[]>(
  parts: readonly [...T],
): Promise<{ -readonly [Part in keyof T]: Awaited<T[Part]> }> {
  await Promise.allSettled(parts);
  return await Promise.all(parts);
}

/**
 * Waits for work to end, well or badly, but not for longer than a limit.
 *
 * @returns what it came to; `undefined` where it failed or takes longer
 */
export async function atMost<T>(limitMs: number, work: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const limit = sleep(limitMs, undefined, { signal: over.signal }).catch(() => undefined);
  const result = await Promise.race([work.catch(() => undefined), limit]);
  over.abort();
  return result;
}

interface EveryOptions {
  /** Takes why a round failed; the next one comes in its time all the same. */
  readonly onFailed: (error: unknown) => void;
  /** Longest that disposing waits for the round under way, milliseconds. @defaultValue 1_000 */
  readonly closeWithinMs?: number;
}

/** What is done again and again. */
interface Rounds extends AsyncDisposable {
  /** Does it now, besides; nothing while a round is under way. */
  now(): void;
}

/** Does something again and again until disposed of; a round that takes longer than the period delays the next one. */
export function every(
  periodMs: number,
  work: () => Promise<void> | void,
  { onFailed, closeWithinMs = 1000 }: EveryOptions,
): Rounds {
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
  const now = (): void => {
    running ??= round();
  };
  const timer = setInterval(now, periodMs);
  return {
    now,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      if (running !== undefined) await atMost(closeWithinMs, running);
    },
  };
}
