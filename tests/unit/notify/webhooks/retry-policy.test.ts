import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryVerdict } from '../../../../src/notify/webhooks/retry-policy.js';
import type { Answer } from '../../../../src/notify/webhooks/send.js';

const retrySeconds = [5, 300];
const answered = (status: number, retryAfterMs?: number): Answer => ({
  kind: 'answered',
  status,
  retryAfterMs,
});
const still = { retrySeconds, random: () => 0 };

describe(retryVerdict, () => {
  it.each([200, 201, 204, 299])('%d is success', (status) => {
    expect(retryVerdict(answered(status), 1, still)).toEqual({ kind: 'delivered' });
  });

  it.each([301, 302, 307, 400, 401, 404, 408, 429, 500, 502, 503, 504, 199])(
    '%d is tried again',
    (status) => {
      expect(retryVerdict(answered(status), 1, still)).toMatchObject({ kind: 'retry', afterMs: 5000 });
      expect(retryVerdict(answered(status), 2, still)).toMatchObject({ kind: 'retry', afterMs: 300_000 });
      expect(retryVerdict(answered(status), 3, still)).toMatchObject({ kind: 'given-up' });
    },
  );

  it('410 ends everything', () => {
    expect(retryVerdict(answered(410), 1, still)).toMatchObject({ kind: 'disabled' });
  });

  it('no answer is tried again, with the reason', () => {
    const answer = { kind: 'failed', detail: 'no answer within 1000 ms' } as const;
    expect(retryVerdict(answer, 1, still)).toEqual({
      kind: 'retry',
      afterMs: 5000,
      detail: 'no answer within 1000 ms',
    });
  });

  it('a receiver may ask for another wait, of a day at most', () => {
    expect(retryVerdict(answered(429, 60_000), 1, still)).toMatchObject({ afterMs: 60_000 });
    expect(retryVerdict(answered(503, 1000), 2, still)).toMatchObject({ afterMs: 1000 });
    expect(retryVerdict(answered(429, 1e12), 1, still)).toMatchObject({ afterMs: 86_400_000 });
  });

  it('never waits for less than was asked for, nor for a tenth more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 300, max: 599 }).filter((status) => status !== 410),
        fc.integer({ min: 0, max: 86_400_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (status, retryAfterMs, random) => {
          const verdict = retryVerdict(answered(status, retryAfterMs), 1, {
            retrySeconds,
            random: () => random,
          });
          const afterMs = verdict.kind === 'retry' ? verdict.afterMs : Number.NaN;
          expect(afterMs).toBeGreaterThanOrEqual(retryAfterMs);
          expect(afterMs).toBeLessThanOrEqual(retryAfterMs * 1.1 + 1);
        },
      ),
    );
  });
});
