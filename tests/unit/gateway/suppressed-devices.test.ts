import { describe, expect, it } from 'vitest';
import { SuppressedDevices } from '../../../src/gateway/suppressed-devices.js';
import { PHONE } from '../../helpers/make-results.js';

describe('SuppressedDevices', () => {
  it('knows a device as long as it is being forgotten, and has the stages let go', async () => {
    const suppressed = new SuppressedDevices();
    const heard: string[] = [];
    suppressed.letGo$.subscribe((device) => heard.push(device));
    await suppressed.during(PHONE, (letGo) => {
      expect(suppressed.has(PHONE)).toBe(true);
      letGo();
      return Promise.resolve();
    });
    expect(heard).toEqual([PHONE, PHONE]);
    expect(suppressed.has(PHONE)).toBe(false);
  });

  it('does not know it any more after a failure', async () => {
    const suppressed = new SuppressedDevices();
    await expect(suppressed.during(PHONE, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(suppressed.has(PHONE)).toBe(false);
  });
});
