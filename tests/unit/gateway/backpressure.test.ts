import { describe, expect, it } from 'vitest';
import { Backpressure } from '../../../src/gateway/backpressure.js';

describe(Backpressure, () => {
  it('is off until there is a reason for it, and says the reasons', () => {
    const backpressure = new Backpressure();
    expect(backpressure.isOn).toBe(false);
    expect(backpressure.whenReleased()).toBeUndefined();
    backpressure.set('store', true);
    backpressure.set('inference', true);
    backpressure.set('store', true);
    expect(backpressure.isOn).toBe(true);
    expect(backpressure.reasons).toEqual(['store', 'inference']);
    backpressure.set('store', false);
    expect(backpressure.reasons).toEqual(['inference']);
    backpressure.set('inference', false);
    backpressure.set('inference', false);
    expect(backpressure.isOn).toBe(false);
  });

  it('lets everybody who waits go when the last reason is taken back, each time', async () => {
    const backpressure = new Backpressure();
    for (let round = 0; round < 2; round++) {
      backpressure.set('store', true);
      backpressure.set('inference', true);
      let passed = 0;
      const waiting = [backpressure.whenReleased(), backpressure.whenReleased()].map((released) =>
        released?.then(() => void passed++),
      );
      backpressure.set('store', false);
      await Promise.resolve();
      expect(passed).toBe(0);
      backpressure.set('inference', false);
      await Promise.all(waiting);
      expect(passed).toBe(2);
    }
  });
});
