import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until the answer is as wanted, and gives the last answer either way: the test's own `expect` then judges it. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  withinMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer) || performance.now() > deadline) return answer;
    await sleep(100);
  }
}
