import { describe, expect, it } from 'vitest';
import type { DeviceKeeper } from '../../../src/domain/device-keeper.js';
import { forgetDevice } from '../../../src/gateway/forget-device.js';
import { PHONE } from '../../helpers/make-results.js';

const keeper = (name: string, isLeft = false, order: string[] = []): DeviceKeeper => ({
  name,
  forget: (device) => {
    order.push(`${name} ${device}`);
    return Promise.resolve();
  },
  holds: () => Promise.resolve(isLeft),
});

describe('forgetDevice', () => {
  it('goes through all keepers in their order', async () => {
    const order: string[] = [];
    const report = await forgetDevice(PHONE, [keeper('a', false, order), keeper('b', false, order)]);
    expect(order).toEqual(['a phone-1', 'b phone-1']);
    expect(report).toEqual({
      device: PHONE,
      removed: true,
      parts: [
        { name: 'a', removed: true, detail: '' },
        { name: 'b', removed: true, detail: '' },
      ],
    });
  });

  it('says what is left, and goes on after a keeper that fails', async () => {
    const order: string[] = [];
    const failing = { ...keeper('b'), forget: () => Promise.reject(new Error('the disk is full')) };
    const report = await forgetDevice(PHONE, [keeper('a', true), failing, keeper('c', false, order)]);
    expect(report.removed).toBe(false);
    expect(report.parts).toEqual([
      { name: 'a', removed: false, detail: expect.stringContaining('still sending') },
      { name: 'b', removed: false, detail: 'the disk is full' },
      { name: 'c', removed: true, detail: '' },
    ]);
    expect(order).toEqual(['c phone-1']);
  });
});
