import { describe, expect, it } from 'vitest';
import { FrameRate } from '../../../src/stream/classify-frames.js';
import { deviceId } from '../../helpers/sensor-messages.js';

const PHONE = deviceId('phone');

/** How many of the frames that come every `periodMs` for `forMs` are allowed. */
function allowed(rate: FrameRate, periodMs: number, forMs: number, device = PHONE): number {
  let count = 0;
  for (let atMs = 0; atMs < forMs; atMs += periodMs) if (rate.allows(device, atMs)) count += 1;
  return count;
}

describe(FrameRate, () => {
  it('lets a device send at its rate', () => {
    expect(allowed(new FrameRate(60), 1000, 600_000)).toBe(600);
  });

  it('lets ten seconds’ worth through at once, then no more than the rate', () => {
    expect(allowed(new FrameRate(60), 0.5, 100)).toBe(10);
    expect(allowed(new FrameRate(60), 100, 600_000)).toBeLessThanOrEqual(610);
  });

  it('lets at least one frame through, however low the rate', () => {
    expect(allowed(new FrameRate(1), 1000, 60_000)).toBe(1);
  });

  it('counts each device for itself', () => {
    const rate = new FrameRate(60);
    allowed(rate, 1, 500);
    expect(rate.allows(PHONE, 500)).toBe(false);
    expect(rate.allows(deviceId('other'), 500)).toBe(true);
  });

  it('takes no harm from a clock that is set back', () => {
    const rate = new FrameRate(60);
    allowed(rate, 1, 1000);
    expect(rate.allows(PHONE, -1_000_000)).toBe(false);
  });
});
