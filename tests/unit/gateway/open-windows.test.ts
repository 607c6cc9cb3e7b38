import { describe, expect, it } from 'vitest';
import { OpenWindows } from '../../../src/gateway/window-ledger.js';
import { deviceId } from '../../helpers/sensor-messages.js';

const PHONE = deviceId('phone');
const WATCH = deviceId('watch');
const windowAt = (startMs: number, model = 'a', device = PHONE) => ({ device, model, startMs });

describe(OpenWindows, () => {
  it('knows nothing of what it was not told', () => {
    const windows = new OpenWindows();
    expect(windows.next(PHONE, 'a')).toBeUndefined();
    expect(windows.earliestStartMs(PHONE)).toBe(Number.POSITIVE_INFINITY);
    windows.settle(windowAt(0));
    expect(windows.next(PHONE, 'a')).toBeUndefined();
  });

  it('says where windows go on: at the earliest open one, or behind the last', () => {
    const windows = new OpenWindows();
    for (const startMs of [3000, 1000, 2000]) windows.add(windowAt(startMs));
    expect(windows.next(PHONE, 'a')).toEqual({ startMs: 1000, isDone: false });
    windows.settle(windowAt(2000));
    expect(windows.next(PHONE, 'a')).toEqual({ startMs: 1000, isDone: false });
    windows.settle(windowAt(1000));
    expect(windows.next(PHONE, 'a')).toEqual({ startMs: 3000, isDone: false });
    windows.settle(windowAt(3000));
    expect(windows.next(PHONE, 'a')).toEqual({ startMs: 3000, isDone: true });
    windows.add(windowAt(4000));
    expect(windows.next(PHONE, 'a')).toEqual({ startMs: 4000, isDone: false });
  });

  it('counts a window that became due twice once', () => {
    const windows = new OpenWindows();
    windows.add(windowAt(1000));
    windows.add(windowAt(1000));
    windows.settle(windowAt(1000));
    expect(windows.next(PHONE, 'a')).toEqual({ startMs: 1000, isDone: true });
  });

  it('finds the earliest of all models of a device', () => {
    const windows = new OpenWindows();
    windows.add(windowAt(2000, 'a'));
    windows.add(windowAt(1000, 'b'));
    windows.add(windowAt(0, 'a', WATCH));
    expect(windows.earliestStartMs(PHONE)).toBe(1000);
    windows.settle(windowAt(1000, 'b'));
    expect(windows.earliestStartMs(PHONE)).toBe(2000);
  });

  it('finds the earliest among more windows than a call has room for arguments', () => {
    const windows = new OpenWindows();
    for (let second = 200_000; second > 0; second--) windows.add(windowAt(second * 1000));
    expect(windows.next(PHONE, 'a')).toEqual({ startMs: 1000, isDone: false });
    expect(windows.earliestStartMs(PHONE)).toBe(1000);
  });

  it('forgets a device and no other', () => {
    const windows = new OpenWindows();
    windows.add(windowAt(1000));
    windows.add(windowAt(1000, 'a', WATCH));
    windows.forget(PHONE);
    expect(windows.next(PHONE, 'a')).toBeUndefined();
    expect(windows.next(WATCH, 'a')).toEqual({ startMs: 1000, isDone: false });
  });
});
