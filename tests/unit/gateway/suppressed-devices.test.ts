import { describe, expect, it } from 'vitest';
import { ForgottenDevices } from '../../../src/gateway/suppressed-devices.js';
import { PHONE } from '../../helpers/make-results.js';

describe('ForgottenDevices', () => {
  it('knows a device as long as it is being forgotten, and has the stages let go', async () => {
    const forgotten = new ForgottenDevices();
    const heard: string[] = [];
    forgotten.letGo$.subscribe((device) => heard.push(device));
    await forgotten.during(PHONE, (letGo) => {
      expect(forgotten.has(PHONE)).toBe(true);
      letGo();
      return Promise.resolve();
    });
    expect(heard).toEqual([PHONE, PHONE]);
    expect(forgotten.has(PHONE)).toBe(false);
  });

  it('does not know it any more after a failure', async () => {
    const forgotten = new ForgottenDevices();
    await expect(forgotten.during(PHONE, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(forgotten.has(PHONE)).toBe(false);
  });
});
