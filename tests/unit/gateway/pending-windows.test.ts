import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PendingWindows } from '../../../src/gateway/window-ledger.js';
import { deviceId } from '../../helpers/sensor-messages.js';

const key = (endMs: number) => ({ device: deviceId('phone'), model: 'model', endMs });

describe(PendingWindows, () => {
  it('knows when the message that completed a window came, once', () => {
    const pending = new PendingWindows();
    pending.add(key(1), 100);
    pending.add(key(1), 200);
    expect(pending.count).toBe(2);
    expect([pending.settle(key(1)), pending.settle(key(1)), pending.settle(key(1))]).toEqual([
      100,
      200,
      undefined,
    ]);
    expect(pending.count).toBe(0);
  });

  it('counts what was added and not settled', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 5 }))), (steps) => {
        const pending = new PendingWindows();
        let open = 0;
        for (const [isNew, endMs] of steps) {
          if (isNew) pending.add(key(endMs), 0);
          const settled = isNew ? undefined : pending.settle(key(endMs));
          open += isNew ? 1 : settled === undefined ? 0 : -1;
          expect(pending.count).toBe(open);
        }
      }),
    );
  });

  it('knows whether a device has pending windows', () => {
    const pending = new PendingWindows();
    pending.add({ ...key(1), device: deviceId('phone-10') }, 0);
    expect(pending.hasOf(deviceId('phone-1'))).toBe(false);
    pending.add({ ...key(1), device: deviceId('phone-1') }, 0);
    expect(pending.hasOf(deviceId('phone-1'))).toBe(true);
    pending.settle({ ...key(1), device: deviceId('phone-1') });
    expect(pending.hasOf(deviceId('phone-1'))).toBe(false);
  });
});
