import { describe, expect, it } from 'vitest';
import { ConnectedTime, Sightings } from '../../../src/cluster/sightings.js';

describe('Sightings', () => {
  it('counts from the first sight of a revision, not from each', () => {
    const sightings = new Sightings<string>();
    sightings.saw('7', { revision: 1, value: 'a' }, 0);
    sightings.saw('7', { revision: 1, value: 'a' }, 2900);
    expect(sightings.list(3000, 3000)).toEqual([{ key: '7', value: 'a', isFresh: false }]);
    sightings.saw('7', { revision: 2, value: 'b' }, 3000);
    expect(sightings.list(5999, 3000)).toEqual([{ key: '7', value: 'b', isFresh: true }]);
  });

  it('is not taken in by news that comes late', () => {
    const sightings = new Sightings<string>();
    sightings.saw('7', { revision: 5, value: 'new' }, 0);
    sightings.saw('7', { revision: 4, value: 'old' }, 100);
    expect(sightings.get('7')).toMatchObject({ revision: 5, value: 'new' });
  });

  it('gives everybody the whole time again after an outage, and forgets who is gone', () => {
    const sightings = new Sightings<string>();
    sightings.saw('7', { revision: 1, value: 'a' }, 0);
    sightings.saw('8', { revision: 1, value: 'a' }, 0);
    sightings.beginAgain(2000);
    sightings.gone('8');
    expect(sightings.list(4999, 3000)).toEqual([{ key: '7', value: 'a', isFresh: true }]);
  });
});

describe('ConnectedTime', () => {
  it('runs from answer to answer', () => {
    const clock = new ConnectedTime();
    expect([10_000, 10_250, 10_500].map((nowMs) => clock.answered(nowMs))).toEqual([false, false, false]);
    expect(clock.nowMs).toBe(500);
  });

  it('stands still while nothing is answered, and says so', () => {
    const clock = new ConnectedTime();
    clock.answered(10_000);
    expect(clock.answered(18_000)).toBe(true);
    expect(clock.nowMs).toBe(0);
    expect(clock.answered(18_250)).toBe(false);
    expect(clock.nowMs).toBe(250);
  });
});
