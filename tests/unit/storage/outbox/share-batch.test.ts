import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareBatch, sumOf } from '../../../../src/storage/outbox/store-queues.js';

const waiting = fc.record({
  windows: fc.nat(50),
  statuses: fc.nat(50),
  apparel: fc.nat(50),
  company: fc.nat(50),
});

const share = (windows: number, statuses: number, apparel: number, points: number) => {
  const {
    windows: w,
    statuses: s,
    apparel: a,
  } = shareBatch({ windows, statuses, apparel, company: 0 }, points);
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

  it('gives company up to an eighth when all wait, and what the others do not need', () => {
    const all = { windows: 1e6, statuses: 1e6, apparel: 1e6, company: 1e6 };
    expect(shareBatch(all, 800)).toEqual({ windows: 200, statuses: 400, apparel: 100, company: 100 });
    const few = { windows: 10, statuses: 0, apparel: 0, company: 1e6 };
    expect(shareBatch(few, 800)).toEqual({ windows: 10, statuses: 0, apparel: 0, company: 790 });
  });

  it('is never more than waits or fits, and never less than could be', () => {
    fc.assert(
      fc.property(waiting, fc.integer({ min: 1, max: 60 }), (waits, points) => {
        const { windows, statuses, apparel, company } = shareBatch(waits, points);
        expect(windows).toBeLessThanOrEqual(waits.windows);
        expect(statuses).toBeLessThanOrEqual(waits.statuses);
        expect(apparel).toBeLessThanOrEqual(waits.apparel);
        expect(company).toBeLessThanOrEqual(waits.company);
        expect(windows + statuses + apparel + company).toBe(Math.min(points, sumOf(waits)));
      }),
    );
  });
});
