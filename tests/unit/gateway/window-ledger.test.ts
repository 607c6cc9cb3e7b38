import { describe, expect, it } from 'vitest';
import { PendingWindows, WindowAccounts } from '../../../src/gateway/window-ledger.js';
import { makeBatch, makeWindow } from '../../helpers/make-results.js';

const windowAt = (startMs: number) => makeWindow({ startMs, endMs: startMs + 1000 });

function setUp() {
  const pending = new PendingWindows();
  const told: unknown[] = [];
  const settled: number[] = [];
  const accounts = new WindowAccounts({
    clock: { nowMs: () => 5000 },
    pending,
    onSettled: ({ startMs }) => settled.push(startMs),
    events: {
      windowsDue: () => undefined,
      windowStored: (latencyMs) => told.push(['stored', latencyMs]),
      windowsSkipped: (reason, count) => told.push([reason, count]),
    },
  });
  return { accounts, pending, told, settled };
}

describe(WindowAccounts, () => {
  it('settles stored windows with the time since the message that completed each', () => {
    const { accounts, pending, told, settled } = setUp();
    pending.add(windowAt(0), 4000);
    pending.add(windowAt(1000), 4900);
    accounts.stored(makeBatch({ windows: [windowAt(0), windowAt(1000)] }), 0);
    expect(told).toEqual([
      ['stored', 1000],
      ['stored', 100],
    ]);
    expect(settled).toEqual([0, 1000]);
    expect(pending.count).toBe(0);
  });

  it('settles a window of an earlier run too, whose beginning it does not know', () => {
    const { accounts, told } = setUp();
    accounts.stored(makeBatch({ windows: [windowAt(0)] }), 0);
    expect(told).toEqual([['stored', undefined]]);
  });

  it('counts as many as the store refused as skipped', () => {
    const { accounts, pending, told, settled } = setUp();
    for (const startMs of [0, 1000, 2000]) pending.add(windowAt(startMs), 4000);
    accounts.stored(makeBatch({ windows: [0, 1000, 2000].map(windowAt) }), 2);
    expect(told).toEqual([
      ['store-refused', 1],
      ['store-refused', 1],
      ['stored', 1000],
    ]);
    expect(settled).toEqual([0, 1000, 2000]);
    expect(pending.count).toBe(0);
  });

  it('settles windows that will never be stored', () => {
    const { accounts, pending, told, settled } = setUp();
    for (const startMs of [0, 1000]) pending.add(windowAt(startMs), 4000);
    accounts.lost(makeBatch({ windows: [windowAt(0)] }));
    accounts.skipped({ ...windowAt(1000), skipped: 'low-coverage' });
    expect(told).toEqual([
      ['store-refused', 1],
      ['low-coverage', 1],
    ]);
    expect(settled).toEqual([0, 1000]);
    expect(pending.count).toBe(0);
  });
});
