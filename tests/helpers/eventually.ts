import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

/** How long a test waits for what must come: so long that a machine with ten times the work keeps it. */
export const PATIENCE_MS = 60_000;

/** The same for `vi.waitFor`. */
export const PATIENCE = { timeout: PATIENCE_MS, interval: 10 };

const PAUSE_MS = 50;

/**
 * Asks again until the answer is as wanted, and gives it; fails with the last answer where it never is. A question that
 * fails is asked again too: a device may not be known yet, and a gateway not be there.
 */
export async function eventually<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  withinMs = PATIENCE_MS,
): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const [asked] = await Promise.allSettled([Promise.resolve().then(ask)]);
    if (asked.status === 'fulfilled' && isWanted(asked.value)) return asked.value;
    if (performance.now() > deadlineMs) throw notWanted(asked, withinMs);
    await sleep(PAUSE_MS);
  }
}

function notWanted(asked: PromiseSettledResult<unknown>, withinMs: number): Error {
  const words = `not so within ${withinMs / 1000} s`;
  if (asked.status === 'rejected') return new Error(words, { cause: asked.reason });
  return new Error(`${words}, but: ${inspect(asked.value, { depth: 6 })}`);
}
