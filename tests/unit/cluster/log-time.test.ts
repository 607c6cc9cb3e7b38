import { describe, expect, it } from 'vitest';
import { LogScheduler } from '../../../src/cluster/log-scheduler.js';
import { LogTime } from '../../../src/cluster/log-time.js';

const never = new AbortController().signal;

describe('LogTime', () => {
  it('makes a step a second, each once nothing before it is under way', async () => {
    const scheduler = new LogScheduler(10_000);
    const seen: string[] = [];
    let computing = 1;
    const time = new LogTime(scheduler, { computing: () => computing, whenReleased: () => undefined });
    scheduler.schedule(function sweep() {
      seen.push(`${scheduler.now()} with ${computing}`);
      this.schedule(undefined, 1000);
    }, 1000);
    const moving = time.moveTo(12_345.6, never);
    setTimeout(() => {
      computing = 0;
    }, 20);
    await moving;
    expect(seen).toEqual(['11000 with 0', '12000 with 0']);
    expect(time.nowMs).toBe(12_000);
    expect(time.isAhead(12_999)).toBe(false);
    expect(time.isAhead(13_000)).toBe(true);
  });

  it('begins at the first message of a partition without a past', async () => {
    const scheduler = new LogScheduler(0);
    const time = new LogTime(scheduler, { computing: () => 0, whenReleased: () => undefined });
    await time.moveTo(1_700_000_000_500, never);
    expect(time.nowMs).toBe(1_700_000_000_000);
  });

  it('does nothing while what comes after takes no more, and ends when it is stopped meanwhile', async () => {
    const scheduler = new LogScheduler(1000);
    let isDone = false;
    scheduler.schedule(() => {
      isDone = true;
    });
    const full = new Promise<void>(() => undefined);
    const time = new LogTime(scheduler, { computing: () => 0, whenReleased: () => full });
    const stopping = new AbortController();
    const moving = time.moveTo(5000, stopping.signal);
    stopping.abort();
    await moving;
    expect(isDone).toBe(false);
    expect(time.nowMs).toBe(1000);
  });
});
