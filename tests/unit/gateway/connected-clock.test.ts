import { describe, expect, it } from 'vitest';
import { ConnectedClock } from '../../../src/gateway/connected-clock.js';

function setUp() {
  const world = { nowMs: 1_000_000, isHearing: true };
  const clock = new ConnectedClock({
    clock: { nowMs: () => world.nowMs },
    isHearing: () => world.isHearing,
    longestStepMs: 2000,
  });
  const pass = (ms: number): number => {
    world.nowMs += ms;
    clock.tick();
    return clock.nowMs();
  };
  return { world, clock, pass };
}

describe(ConnectedClock, () => {
  it('runs while devices can be heard', () => {
    const { clock, pass } = setUp();
    expect(clock.nowMs()).toBe(0);
    expect([pass(1000), pass(1000), pass(1500)]).toEqual([1000, 2000, 3500]);
  });

  it('stands still while they cannot', () => {
    const { world, pass } = setUp();
    pass(1000);
    world.isHearing = false;
    expect([pass(1000), pass(1000)]).toEqual([1000, 1000]);
    world.isHearing = true;
    expect(pass(1000)).toBe(2000);
  });

  it('leaves out the time in which the process was stopped', () => {
    const { pass } = setUp();
    expect([pass(1000), pass(3_600_000), pass(1000)]).toEqual([1000, 3000, 4000]);
  });

  it('does not run backwards when the wall clock is set back', () => {
    const { pass } = setUp();
    expect([pass(1000), pass(-3_600_000), pass(1000)]).toEqual([1000, 1000, 2000]);
  });
});
