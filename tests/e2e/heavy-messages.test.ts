import { describe, expect, it } from 'vitest';
import { runHeavy } from '../soak/lib/run-heavy.js';

/** `npm run test:fuzz` sends such messages of up to 10 MB, and prints how long they hold the gateway up. */
const MESSAGES = 11;
const MAX_BYTES = 200_000;

describe('costly messages of every kind', { timeout: 300_000 }, () => {
  it('are each counted and hide no device; the gateway lives and starts again', async () => {
    const { steps, broken } = await runHeavy({ seed: 1, messages: MESSAGES, maxBytes: MAX_BYTES });
    expect(broken).toEqual([]);
    // Besides the messages: the start, several at once, and the start after a kill.
    expect(new Set(steps.map(({ name }) => name)).size).toBe(MESSAGES + 3);
    for (const { bytes, ...figures } of steps) {
      expect(bytes).toBeLessThanOrEqual(4 * MAX_BYTES);
      expect(Object.values(figures)).not.toContain(Number.NaN);
    }
  });
});
