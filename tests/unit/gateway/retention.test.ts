import { describe, expect, it, vi } from 'vitest';
import { configSchema } from '../../../src/config/schema.js';
import type { Expiry } from '../../../src/domain/store.js';
import { startRetention } from '../../../src/gateway/retention.js';

const NOW_MS = Date.UTC(2026, 0, 31);
const DAY_MS = 86_400_000;

function start(retention: Readonly<Record<string, number>>, expire: (expiry: Expiry) => Promise<void>) {
  const failures: unknown[] = [];
  const running = startRetention(configSchema.parse({ retention }), {
    store: { expire },
    expireRecordings: () => Promise.resolve(),
    clock: { nowMs: () => NOW_MS },
    events: { retentionFailed: (error) => void failures.push(error) },
  });
  return Object.assign(running, { failures });
}

describe('startRetention', () => {
  it('removes by kind what is older than the configuration says', async () => {
    const asked: Expiry[] = [];
    await start({ windowsDays: 7, statusesDays: 365 }, async (expiry) => void asked.push(await expiry))[
      Symbol.asyncDispose
    ]();
    expect(asked).toEqual([
      {
        windowsBeforeMs: NOW_MS - 7 * DAY_MS,
        statusesBeforeMs: NOW_MS - 365 * DAY_MS,
        apparelBeforeMs: undefined,
      },
    ]);
  });

  it('removes nothing where it says nothing', async () => {
    const asked: Expiry[] = [];
    await start({}, async (expiry) => void asked.push(await expiry))[Symbol.asyncDispose]();
    expect(asked).toEqual([]);
  });

  it('goes on every hour, also after a failure', async () => {
    vi.useFakeTimers();
    try {
      let calls = 0;
      const retention = start({ apparelDays: 1 }, () => {
        calls += 1;
        return calls === 1 ? Promise.reject(new Error('away')) : Promise.resolve();
      });
      await vi.advanceTimersByTimeAsync(2 * 3_600_000);
      expect(calls).toBe(3);
      expect(retention.failures).toEqual([new Error('away')]);
      await retention[Symbol.asyncDispose]();
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(calls).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });
});
