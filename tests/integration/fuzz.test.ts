import { describe, expect, it } from 'vitest';
import { runFuzz } from '../soak/lib/run-fuzz.js';

/** `npm run test:fuzz` sends a million, from a seed of its own each time. */
const PAYLOADS = 10_000;
const SEED = 1;

describe('ten thousand malformed payloads', { timeout: 300_000 }, () => {
  it('are each counted, over MQTT and HTTP, and harm no other device', async () => {
    const { outcomes, windows } = await runFuzz({ payloads: PAYLOADS, seed: SEED });
    expect(windows).toBeGreaterThan(100);
    expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(PAYLOADS);
    const ends = new Set([...outcomes.keys()].map((outcome) => outcome.split(' ')[1]));
    expect([...ends]).toEqual(
      expect.arrayContaining(['accepted', 'not-json', 'wrong-shape', 'bad-device', '499']),
    );
  });
});
