import { describe, expect, it } from 'vitest';
import { LogScheduler } from '../../../src/cluster/log-scheduler.js';

function runAll(scheduler: LogScheduler): void {
  while (scheduler.runNext());
}

describe('LogScheduler', () => {
  it('does nothing by itself, and work without delay when it is asked', () => {
    const done: string[] = [];
    const scheduler = new LogScheduler(5000);
    scheduler.schedule(() => done.push('now'));
    scheduler.schedule(() => done.push('later'), 1000);
    expect(done).toEqual([]);
    runAll(scheduler);
    expect(done).toEqual(['now']);
    scheduler.moveTo(6000);
    runAll(scheduler);
    expect(done).toEqual(['now', 'later']);
    expect(scheduler.now()).toBe(6000);
  });

  it('lets work put itself on the list again, once each time', () => {
    const atMs: number[] = [];
    const scheduler = new LogScheduler(0);
    scheduler.schedule(function again() {
      atMs.push(scheduler.now());
      this.schedule(undefined, 1000);
    }, 1000);
    for (const ms of [1000, 1500, 2000, 3000]) {
      scheduler.moveTo(ms);
      runAll(scheduler);
    }
    expect(atMs).toEqual([1000, 2000, 3000]);
  });

  it('does what is due earlier first, and nothing that was called off', () => {
    const done: string[] = [];
    const scheduler = new LogScheduler(0);
    scheduler.schedule(() => done.push('second'), 20);
    scheduler.schedule(() => done.push('first'), 10);
    scheduler.schedule(() => done.push('never'), 15).unsubscribe();
    scheduler.moveTo(100);
    runAll(scheduler);
    expect(done).toEqual(['first', 'second']);
  });

  it('never goes back', () => {
    const scheduler = new LogScheduler(5000);
    scheduler.moveTo(4000);
    expect(scheduler.now()).toBe(5000);
  });
});
