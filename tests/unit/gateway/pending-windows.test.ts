import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WindowLedger } from '../../../src/gateway/window-ledger.js';
import { makeBatch, makeWindow } from '../../helpers/make-results.js';
import { deviceId } from '../../helpers/sensor-messages.js';

const windowAt = (endMs: number, device = deviceId('phone')) =>
  makeWindow({ device, model: 'model', startMs: endMs - 1, endMs });

function setUp() {
  let nowMs = 0;
  const latenciesMs: (number | undefined)[] = [];
  const windows = new WindowLedger({
    clock: { nowMs: () => nowMs },
    events: {
      windowsDue: () => undefined,
      windowStored: (latencyMs) => latenciesMs.push(latencyMs),
      windowsSkipped: () => undefined,
    },
  });
  return {
    windows,
    due: (endMs: number, arrivedAtMs: number, device = deviceId('phone')) => {
      nowMs = arrivedAtMs;
      windows.due(windowAt(endMs, device));
      nowMs = 0;
    },
    /** Gives the arrival of the message that completed the window; `undefined` if it was not pending. */
    settle: (endMs: number, device = deviceId('phone')) => {
      windows.stored(makeBatch({ windows: [windowAt(endMs, device)] }), 0);
      const latencyMs = latenciesMs.at(-1);
      return latencyMs === undefined ? undefined : 0 - latencyMs;
    },
  };
}

describe('windows that are pending', () => {
  it('are known with when the message that completed each came, once', () => {
    const { windows, due, settle } = setUp();
    due(1, 100);
    due(1, 200);
    expect(windows.pending).toBe(2);
    expect([settle(1), settle(1), settle(1)]).toEqual([100, 200, undefined]);
    expect(windows.pending).toBe(0);
  });

  it('are those that were due and not settled', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 5 }))), (steps) => {
        const { windows, due, settle } = setUp();
        let open = 0;
        for (const [isNew, endMs] of steps) {
          if (isNew) due(endMs, 1);
          const settled = isNew ? undefined : settle(endMs);
          open += isNew ? 1 : settled === undefined ? 0 : -1;
          expect(windows.pending).toBe(open);
        }
      }),
    );
  });

  it('are known by their device', () => {
    const { windows, due, settle } = setUp();
    due(1, 0, deviceId('phone-10'));
    expect(windows.hasOf(deviceId('phone-1'))).toBe(false);
    due(1, 0, deviceId('phone-1'));
    expect(windows.hasOf(deviceId('phone-1'))).toBe(true);
    settle(1, deviceId('phone-1'));
    expect(windows.hasOf(deviceId('phone-1'))).toBe(false);
  });
});
