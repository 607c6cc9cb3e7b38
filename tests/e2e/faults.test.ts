import { describe, expect, it } from 'vitest';
import { runClusterFaults } from '../soak/lib/run-cluster-faults.js';
import { runFaults } from '../soak/lib/run-faults.js';

/** Two of five kinds, since a round lasts twenty seconds: what take-overs do is tested in partition-reading.test.ts too. */
const CLUSTER_ROUNDS = 2;
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

describe('gateways that share phones, one killed and one stopped for a while', () => {
  it('find out what their logs lead to', { timeout: 600_000 }, async () => {
    const report = await runClusterFaults({
      rounds: CLUSTER_ROUNDS,
      seed: SEED,
      gateways: 3,
      servers: 3,
      phones: 1,
      onRound: () => undefined,
    });
    const { rounds, windows, rewrittenSame, ...problems } = report;
    expect(problems).toEqual({
      missing: [],
      duplicates: [],
      wrong: [],
      stale: [],
      statuses: [],
      webhooks: [],
      rewrittenOther: [],
      crashes: [],
      unacknowledgedLost: 0,
      acknowledgedLost: [],
      unbalanced: [],
      gaps: [],
      behind: [],
    });
    expect(windows).toBeGreaterThan(100);
    expect(rounds.map(({ fault }) => fault)).toEqual(['kill -9 gateway', 'SIGSTOP gateway']);
  });
});
