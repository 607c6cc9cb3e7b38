import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../../src/shared/errors.js';
import { DrainPace } from '../../../../src/storage/outbox/drain-pace.js';

const OPTIONS = { batchPoints: 1000, catchUpBatchesPerSecond: 4, retry: { initialMs: 100, maxMs: 800 } };
const most = () => 1;
const down = new GatewayError('STORE_UNAVAILABLE', 'down', { retryable: true });
const busy = new GatewayError('STORE_UNAVAILABLE', 'busy', { retryable: true, retryAfterMs: 5000 });

describe('DrainPace', () => {
  it('waits for nothing as long as little is to be done', () => {
    const pace = new DrainPace(OPTIONS);
    expect(pace.waitMs(0, most)).toBe(0);
    pace.succeeded(0, false);
    expect(pace.waitMs(0, most)).toBe(0);
  });

  it('keeps full batches apart, from start to start', () => {
    const pace = new DrainPace(OPTIONS);
    pace.succeeded(1000, true);
    expect(pace.waitMs(1000, most)).toBe(250);
    expect(pace.waitMs(1200, most)).toBe(50);
    expect(pace.waitMs(2000, most)).toBe(0);
  });

  it('backs off while failing, as long as it was asked to, and stops at the first success', () => {
    const pace = new DrainPace(OPTIONS);
    const waits = Array.from({ length: 5 }, () => {
      pace.storeFailed(down);
      return pace.waitMs(0, most);
    });
    expect(waits).toEqual([100, 200, 400, 800, 800]);
    pace.storeFailed(busy);
    expect(pace.waitMs(0, most)).toBe(5000);
    pace.diskFailed(new Error('full'));
    expect(pace.waitMs(0, most)).toBe(800);
    expect(pace.isFailing).toBe(true);
    pace.succeeded(0, false);
    expect(pace.isFailing).toBe(false);
    expect(pace.waitMs(0, most)).toBe(0);
  });

  it('asks ever less of a store that fails, and more again when it works', () => {
    const pace = new DrainPace(OPTIONS);
    const sizes: number[] = [];
    for (let failure = 0; failure < 5; failure++) {
      pace.storeFailed(down);
      sizes.push(pace.batchPoints);
    }
    for (let success = 0; success < 5; success++) {
      pace.succeeded(0, true);
      sizes.push(pace.batchPoints);
    }
    expect(sizes).toEqual([500, 250, 125, 100, 100, 200, 400, 800, 1000, 1000]);
    pace.diskFailed(down);
    expect(pace.batchPoints).toBe(1000);
  });

  it('halves an odd number upwards', () => {
    const pace = new DrainPace({ ...OPTIONS, batchPoints: 301 });
    pace.storeFailed(down);
    expect(pace.batchPoints).toBe(151);
  });

  it('never makes a small batch larger than it may be', () => {
    const pace = new DrainPace({ ...OPTIONS, batchPoints: 10 });
    pace.storeFailed(down);
    expect(pace.batchPoints).toBe(10);
  });
});
