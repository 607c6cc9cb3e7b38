import { describe, expect, it } from 'vitest';
import { WindowLedger } from '../../../src/gateway/window-ledger.js';
import { makeBatch, makeWindow, PHONE } from '../../helpers/make-results.js';

const windowAt = (startMs: number) => makeWindow({ startMs, endMs: startMs + 1000 });

function setUp() {
  const told: unknown[] = [];
  let nowMs = 5000;
  const windows = new WindowLedger({
    clock: { nowMs: () => nowMs },
    events: {
      windowsDue: () => undefined,
      windowStored: (latencyMs) => told.push(['stored', latencyMs]),
      windowsSkipped: (reason, count) => told.push([reason, count]),
    },
  });
  const dueAt = (startMs: number, arrivedAtMs: number): void => {
    nowMs = arrivedAtMs;
    windows.due(windowAt(startMs));
    nowMs = 5000;
  };
  /** Where windows go on: `isDone` when all that were due are settled. */
  const next = () => windows.open.next(PHONE, windowAt(0).model);
  return { windows, dueAt, next, told };
}

describe(WindowLedger, () => {
  it('settles stored windows with the time since the message that completed each', () => {
    const { windows, dueAt, next, told } = setUp();
    dueAt(0, 4000);
    dueAt(1000, 4900);
    windows.stored(makeBatch({ windows: [windowAt(0), windowAt(1000)] }), 0);
    expect(told).toEqual([
      ['stored', 1000],
      ['stored', 100],
    ]);
    expect(next()).toEqual({ startMs: 1000, isDone: true });
    expect(windows.pending).toBe(0);
  });

  it('settles a window of an earlier run too, whose beginning it does not know', () => {
    const { windows, told } = setUp();
    windows.stored(makeBatch({ windows: [windowAt(0)] }), 0);
    expect(told).toEqual([['stored', undefined]]);
  });

  it('counts as many as the store refused as skipped', () => {
    const { windows, dueAt, next, told } = setUp();
    for (const startMs of [0, 1000, 2000]) dueAt(startMs, 4000);
    windows.stored(makeBatch({ windows: [0, 1000, 2000].map(windowAt) }), 2);
    expect(told).toEqual([
      ['store-refused', 1],
      ['store-refused', 1],
      ['stored', 1000],
    ]);
    expect(next()).toEqual({ startMs: 2000, isDone: true });
    expect(windows.pending).toBe(0);
  });

  it('settles windows that will never be stored', () => {
    const { windows, dueAt, next, told } = setUp();
    for (const startMs of [0, 1000]) dueAt(startMs, 4000);
    windows.lost(makeBatch({ windows: [windowAt(0)] }));
    windows.skipped({ ...windowAt(1000), skipped: 'low-coverage' });
    expect(told).toEqual([
      ['store-refused', 1],
      ['low-coverage', 1],
    ]);
    expect(next()).toEqual({ startMs: 1000, isDone: true });
    expect(windows.pending).toBe(0);
  });

  it('says of which devices windows were settled, once', () => {
    const { windows, dueAt } = setUp();
    dueAt(0, 4000);
    expect(windows.takeChanged()).toEqual([]);
    windows.stored(makeBatch({ windows: [windowAt(0)] }), 0);
    expect([windows.takeChanged(), windows.takeChanged()]).toEqual([[PHONE], []]);
  });

  it('counts windows that are left out as due and skipped, and goes on behind them', () => {
    const { windows, next, told } = setUp();
    const { model } = windowAt(0);
    windows.leftOut({ device: PHONE, model, count: 3, lastStartMs: 2000 });
    expect(told).toEqual([['low-coverage', 3]]);
    expect(next()).toEqual({ startMs: 2000, isDone: true });
    expect([windows.pending, windows.takeChanged()]).toEqual([0, [PHONE]]);
  });

  it('measures the latency of a window that waited on the disk from the message that completed it', () => {
    const { windows, dueAt, told } = setUp();
    dueAt(0, 4000);
    dueAt(1000, 4500);
    const batch = makeBatch({ windows: [windowAt(0), windowAt(1000)] });
    windows.kept(batch, 1);
    windows.delivered(makeBatch({ windows: [windowAt(1000)] }), 0);
    expect(told).toEqual([
      ['store-refused', 1],
      ['stored', 500],
    ]);
    expect(windows.pending).toBe(0);
  });
});
