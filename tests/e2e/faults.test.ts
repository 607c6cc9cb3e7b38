import { describe, expect, it } from 'vitest';
import { runFaults } from '../soak/lib/run-faults.js';

/** Which faults happen and for how long; when in the stream they happen is up to the machine. */
const SEED = 1;

describe('ten faults under load', () => {
  it('lose no window, double none and change none', { timeout: 400_000 }, async () => {
    const { windows, rounds, ...report } = await runFaults({
      rounds: 10,
      seed: SEED,
      onRound: () => undefined,
    });
    expect(report).toEqual({ missing: [], duplicates: [], wrong: [], crashes: [], balanced: true });
    expect(windows).toBeGreaterThan(100);
    expect(new Set(rounds.map(({ fault }) => fault)).size).toBe(10);
  });
});
