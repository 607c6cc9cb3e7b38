import { describe, expect, it } from 'vitest';
import type { ClockKind } from '../../../../src/domain/samples.js';
import { createPhoneClock, type PhoneClock } from '../../../../src/recordings/simulation/phone-clock.js';
import type { PhoneFaults } from '../../../../src/recordings/simulation/phone-faults.js';
import { START_MS } from '../../../helpers/sensor-messages.js';

function clockOf(kind: ClockKind, faults: PhoneFaults = {}): PhoneClock {
  return createPhoneClock({ seed: 1, kind, beginMs: START_MS, coveredMs: 1000, faults });
}

describe('createPhoneClock', () => {
  it('is right within a few hundredths of a second unless told otherwise', () => {
    expect(Math.abs(clockOf('epoch').originMs(0))).toBeLessThanOrEqual(25);
    expect(clockOf('epoch', { clockAheadMs: 5000 }).originMs(3)).toBe(-5000);
    expect(clockOf('epoch').zeroMs).toBeUndefined();
  });

  it('counts from the start of an experiment and says when that was by its own clock', () => {
    const clock = clockOf('experiment', { clockAheadMs: 5000 });
    expect(clock.originMs(7)).toBe(START_MS);
    expect(clock.zeroMs).toBe(START_MS + 5000);
  });

  it('counts from boot without saying when that was', () => {
    const clock = clockOf('boot');
    expect(clock.zeroMs).toBeUndefined();
    expect(clock.originMs(0)).toBeLessThan(START_MS);
    expect(clock.originMs(1_000_000)).toBe(clock.originMs(0));
    expect(clock.run(1_000_000)).toBe(0);
  });

  it('begins again with every restart, whatever its app counts from', () => {
    const clock = clockOf('epoch', { restartsEveryMessages: 5 });
    expect(clock.kind).toBe('boot');
    expect([4, 5, 9, 10].map((message) => [clock.run(message), clock.sequence(message)])).toEqual([
      [0, 4],
      [1, 0],
      [1, 4],
      [2, 0],
    ]);
    expect(clock.originMs(5)).toBe(START_MS + 5000 - 20_000);
    expect(clock.originMs(9)).toBe(clock.originMs(5));
  });
});
