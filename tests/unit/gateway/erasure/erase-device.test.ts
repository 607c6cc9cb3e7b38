import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Erasable } from '../../../../src/domain/erasable.js';
import { forgetDevice, forgetIfKnown, halfForgotten } from '../../../../src/gateway/erasure/erase-device.js';
import { PHONE } from '../../../helpers/make-results.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const erasable = (name: string, isLeft = false, order: string[] = []): Erasable => ({
  name,
  forget: (device) => {
    order.push(`${name} ${device}`);
    return Promise.resolve();
  },
  holds: () => Promise.resolve(isLeft),
});

describe('forgetDevice', () => {
  it('goes through all erasables in their order', async () => {
    const order: string[] = [];
    const report = await forgetDevice(PHONE, [erasable('a', false, order), erasable('b', false, order)]);
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

  it('says what is left, and goes on after an erasable that fails', async () => {
    const order: string[] = [];
    const failing = { ...erasable('b'), forget: () => Promise.reject(new Error('the disk is full')) };
    const report = await forgetDevice(PHONE, [erasable('a', true), failing, erasable('c', false, order)]);
    expect(report.removed).toBe(false);
    expect(report.parts).toEqual([
      { name: 'a', removed: false, detail: expect.stringContaining('still sending') },
      { name: 'b', removed: false, detail: 'the disk is full' },
      { name: 'c', removed: true, detail: '' },
    ]);
    expect(order).toEqual(['c phone-1']);
  });
});

describe('forgetIfKnown', () => {
  /** Holds something of every device until it was told to forget it. */
  function heldUntilForgotten(order: string[]): Erasable {
    const left = new Set<string>([PHONE]);
    return {
      name: 'held',
      holds: (device) => Promise.resolve(left.has(device)),
      forget: (device) => {
        order.push(device);
        left.delete(device);
        return Promise.resolve();
      },
    };
  }

  it('touches nothing when nobody knows the device', async () => {
    await using folder = await temporaryFolder();
    const order: string[] = [];
    expect(await forgetIfKnown(folder.path, PHONE, [erasable('a', false, order)])).toBeUndefined();
    expect(order).toEqual([]);
  });

  it('has all let go when one knows it, or cannot say, and leaves no file', async () => {
    await using folder = await temporaryFolder();
    const order: string[] = [];
    const erasables = [erasable('a', false, order), heldUntilForgotten(order)];
    expect(await forgetIfKnown(folder.path, PHONE, erasables)).toMatchObject({ removed: true });
    expect(order).toEqual(['a phone-1', PHONE]);
    const mute = { ...erasable('b'), holds: () => Promise.reject(new Error('the store is away')) };
    expect(await forgetIfKnown(folder.path, PHONE, [mute])).toMatchObject({ removed: false });
    expect(await halfForgotten(folder.path)).toEqual([]);
  });

  it('goes on with a device of which something was left, although no erasable holds it', async () => {
    await using folder = await temporaryFolder();
    const failing = { ...erasable('b'), forget: () => Promise.reject(new Error('the broker is away')) };
    const erasables = [heldUntilForgotten([]), failing];
    expect(await forgetIfKnown(folder.path, PHONE, erasables)).toMatchObject({ removed: false });
    expect(await forgetIfKnown(folder.path, PHONE, [erasable('b')])).toMatchObject({ removed: true });
    expect(await readdir(folder.path)).toEqual([]);
    expect(await forgetIfKnown(folder.path, PHONE, [erasable('b')])).toBeUndefined();
  });

  it('that was cut off by the end of the process is known to the next one', async () => {
    await using folder = await temporaryFolder();
    const killed = new Promise<void>(() => undefined);
    const hanging = { ...heldUntilForgotten([]), forget: () => killed };
    void forgetIfKnown(folder.path, PHONE, [hanging]);
    await expect.poll(() => halfForgotten(folder.path)).toEqual([PHONE]);
    await forgetIfKnown(folder.path, PHONE, [heldUntilForgotten([])]);
    expect(await halfForgotten(folder.path)).toEqual([]);
  });
});
