import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareBatch } from '../../../../src/storage/outbox/store-queues.js';

const share = (windows: number, statuses: number, apparel: number, points: number) => {
  const { windows: w, statuses: s, apparel: a } = shareBatch({ windows, statuses, apparel }, points);
  return [w, s, a];
};

describe('shareBatch', () => {
  it('takes everything that fits', () => {
    expect(share(10, 20, 30, 100)).toEqual([10, 20, 30]);
    expect(share(0, 0, 0, 100)).toEqual([0, 0, 0]);
  });

  it('gives statuses up to a half and apparel up to an eighth when all wait', () => {
    expect(share(1e6, 1e6, 1e6, 800)).toEqual([300, 400, 100]);
    expect(share(1e6, 10, 0, 800)).toEqual([790, 10, 0]);
  });

  it('rounds the share of apparel down and that of statuses up', () => {
    expect(share(100, 100, 100, 7)).toEqual([3, 4, 0]);
  });

  it('gives the others what one does not need', () => {
    expect(share(10, 1e6, 0, 800)).toEqual([10, 790, 0]);
    expect(share(0, 0, 1e6, 800)).toEqual([0, 0, 800]);
    expect(share(0, 10, 1e6, 800)).toEqual([0, 10, 790]);
  });

  it('is never more than waits or fits, and never less than could be', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.nat(50), fc.integer({ min: 1, max: 60 }), (w, s, a, points) => {
        const [windows = 0, statuses = 0, apparel = 0] = share(w, s, a, points);
        expect(windows).toBeLessThanOrEqual(w);
        expect(statuses).toBeLessThanOrEqual(s);
        expect(apparel).toBeLessThanOrEqual(a);
        expect(windows + statuses + apparel).toBe(Math.min(points, w + s + a));
      }),
    );
  });
});
