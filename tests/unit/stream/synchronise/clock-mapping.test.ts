import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockMapping } from '../../../../src/stream/synchronise/clock-mapping.js';
import { START_MS } from '../../../helpers/sensor-messages.js';

/** Feeds one message a second from a boot clock with a drift and random delays; returns the last error. */
function errorAfter(
  seconds: number,
  driftPpm: number,
  delaysMs: readonly number[],
): { mapping: ClockMapping; errorMs: number } {
  const mapping = new ClockMapping('boot');
  let errorMs = 0;
  for (let second = 0; second < seconds; second++) {
    const trueMs = START_MS + second * 1000;
    const deviceMs = 5_000_000 + second * 1000 * (1 + driftPpm / 1e6);
    mapping.observe(deviceMs, trueMs + (delaysMs[second % delaysMs.length] ?? 0), undefined);
    errorMs = mapping.toEpochMs(deviceMs) - trueMs;
  }
  return { mapping, errorMs };
}

describe(ClockMapping, () => {
  it('leaves an epoch clock alone and reports its smallest delay', () => {
    const mapping = new ClockMapping('epoch');
    mapping.observe(START_MS, START_MS + 80, undefined);
    mapping.observe(START_MS + 1000, START_MS + 1030, undefined);
    expect(mapping.toEpochMs(START_MS)).toBe(START_MS);
    expect(mapping.info).toEqual({ kind: 'epoch', offsetMs: 30, driftPpm: 0 });
  });

  it('says nothing of a clock before it has seen a time of it', () => {
    expect(new ClockMapping('epoch').info).toBeUndefined();
  });

  it('takes the zero of an experiment clock from the message', () => {
    const mapping = new ClockMapping('experiment');
    mapping.observe(12_010, START_MS, START_MS - 60_000);
    expect(mapping.toEpochMs(12_010)).toBe(START_MS - 60_000 + 12_010);
  });

  it('finds the offset of a boot clock to within the quickest message', () => {
    const { errorMs } = errorAfter(300, 0, [80, 40, 120, 15, 300]);
    expect(errorMs).toBeGreaterThanOrEqual(10);
    expect(errorMs).toBeLessThan(30);
  });

  it('follows a clock that drifts', () => {
    const { mapping, errorMs } = errorAfter(3600, 60, [20, 35, 25, 90]);
    expect(Math.abs(errorMs)).toBeLessThan(40);
    expect(mapping.info?.driftPpm).toBeGreaterThan(-75);
    expect(mapping.info?.driftPpm).toBeLessThan(-45);
  });

  it('tells a drift once five stretches of ten seconds lie behind, and never of more than sixty', () => {
    const driftAfter = (stretches: number) => errorAfter(stretches * 10 + 1, 100, [0]).mapping.info?.driftPpm;
    expect(driftAfter(5)).toBe(0);
    expect(driftAfter(6)).toBeCloseTo(-100, 0);
    expect(errorAfter(595, 0, [0]).mapping.state.buckets).toHaveLength(60);
    expect(errorAfter(620, 0, [0]).mapping.state.buckets).toHaveLength(60);
  });

  it('bends towards a message that is two seconds off, and begins again at one that is more', () => {
    const afterJump = (jumpMs: number) => {
      const mapping = new ClockMapping('boot');
      mapping.observe(5000, START_MS, undefined);
      mapping.observe(6000, START_MS + 1000 + jumpMs, undefined);
      return mapping.toEpochMs(6000) - START_MS;
    };
    expect(afterJump(2000)).toBe(1000);
    expect(afterJump(2001)).toBe(3001);
  });

  it('spans what lies within bounds, both of them included', () => {
    const mapping = new ClockMapping('epoch');
    const blocks = [{ timesMs: Float64Array.of(9, 10, 15) }, { timesMs: Float64Array.of(20, 21) }];
    expect(mapping.spanOf(blocks, { earliestMs: 10, limitMs: 20 })).toEqual({ oldestMs: 10, newestMs: 20 });
  });

  it('begins again when the clock does', () => {
    const mapping = new ClockMapping('boot');
    mapping.observe(90_000_000, START_MS, undefined);
    mapping.observe(5_000, START_MS + 30_000, undefined);
    expect(mapping.toEpochMs(5_000)).toBe(START_MS + 30_000);
  });

  it('never turns time back between messages, whatever their delays', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: 2, maxLength: 200 }), (delays) => {
        const mapping = new ClockMapping('boot');
        let lastMs = Number.NEGATIVE_INFINITY;
        delays.forEach((delay, second) => {
          mapping.observe(second * 1000, START_MS + second * 1000 + delay, undefined);
          const mapped = mapping.toEpochMs(second * 1000);
          expect(mapped).toBeGreaterThan(lastMs);
          lastMs = mapped;
        });
      }),
    );
  });
});
