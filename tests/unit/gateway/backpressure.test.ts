import { describe, expect, it } from 'vitest';
import { FlowGate } from '../../../src/gateway/backpressure.js';

describe(FlowGate, () => {
  it('is open until there is a reason to close it, and says the reasons', () => {
    const gate = new FlowGate();
    expect(gate.isOpen).toBe(true);
    expect(gate.whenOpen()).toBeUndefined();
    gate.set('store', true);
    gate.set('inference', true);
    gate.set('store', true);
    expect(gate.isOpen).toBe(false);
    expect(gate.reasons).toEqual(['store', 'inference']);
    gate.set('store', false);
    expect(gate.reasons).toEqual(['inference']);
    gate.set('inference', false);
    gate.set('inference', false);
    expect(gate.isOpen).toBe(true);
  });

  it('lets everybody who waits go when the last reason is taken back, each time', async () => {
    const gate = new FlowGate();
    for (let round = 0; round < 2; round++) {
      gate.set('store', true);
      gate.set('inference', true);
      let passed = 0;
      const waiting = [gate.whenOpen(), gate.whenOpen()].map((open) => open?.then(() => void passed++));
      gate.set('store', false);
      await Promise.resolve();
      expect(passed).toBe(0);
      gate.set('inference', false);
      await Promise.all(waiting);
      expect(passed).toBe(2);
    }
  });
});
