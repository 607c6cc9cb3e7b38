import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STANDARD_GRAVITY } from '../../../../src/domain/samples.js';
import { createDayPlan } from '../../../../src/recordings/simulation/day-plan.js';
import {
  createMotion,
  type Motion,
  SIMULATED_SENSORS,
} from '../../../../src/recordings/simulation/motion.js';
import { createPerson } from '../../../../src/recordings/simulation/person.js';
import { START_MS } from '../../../helpers/sensor-messages.js';

const RATE_HZ = 50;

function motionOf(seed: number, sharesTimes = false): Motion {
  const plan = createDayPlan(seed, START_MS, { shortestSeconds: 2, longestSeconds: 5 });
  return createMotion(createPerson(seed), plan, { rateHz: RATE_HZ, startMs: START_MS, sharesTimes });
}

describe('createMotion', () => {
  it('gives for any range the slice of a longer one', () => {
    const cut = fc.double({ min: 0, max: 60_000, noNaN: true });
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...SIMULATED_SENSORS), cut, cut, (seed, sensor, a, b) => {
        const fromMs = START_MS + Math.min(a, b);
        const toMs = START_MS + Math.max(a, b);
        const whole = motionOf(seed).samples(sensor, START_MS, START_MS + 60_000);
        const part = motionOf(seed).samples(sensor, fromMs, toMs);
        const first = whole.timesMs.findIndex((timeMs) => timeMs >= fromMs);
        const begin = first === -1 ? whole.timesMs.length : first;
        const end = begin + part.timesMs.length;
        expect(part.timesMs).toEqual(whole.timesMs.slice(begin, end));
        expect(part.values).toEqual(whole.values.slice(begin * 3, end * 3));
        expect(whole.timesMs[end] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(toMs);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps times ascending, near the rate, with at most three decimals', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...SIMULATED_SENSORS), (seed, sensor) => {
        const { timesMs } = motionOf(seed).samples(sensor, START_MS, START_MS + 20_000);
        expect(Math.abs(timesMs.length - 20 * RATE_HZ)).toBeLessThanOrEqual(5);
        timesMs.forEach((timeMs, index) => {
          if (index > 0) expect(timeMs).toBeGreaterThan(timesMs[index - 1] ?? 0);
          expect(timeMs).toBe(Math.round(timeMs * 1000) / 1000);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('gives every sensor times of its own, or all the same on request', () => {
    const timesOf = (motion: Motion, sensor: 'gyroscope' | 'accelerometer'): Float64Array =>
      motion.samples(sensor, START_MS, START_MS + 1000).timesMs;
    expect(timesOf(motionOf(1), 'gyroscope')).not.toEqual(timesOf(motionOf(1), 'accelerometer'));
    expect(timesOf(motionOf(1, true), 'gyroscope')).toEqual(timesOf(motionOf(1, true), 'accelerometer'));
  });

  it('holds gravity in the accelerometer and nowhere in linear acceleration', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const motion = motionOf(seed);
        const mean = (sensor: 'accelerometer' | 'linear-acceleration' | 'gravity'): number => {
          const { values, timesMs } = motion.samples(sensor, START_MS, START_MS + 60_000);
          const sums = [0, 0, 0];
          values.forEach((value, at) => {
            sums[at % 3] = (sums[at % 3] ?? 0) + value / timesMs.length;
          });
          return Math.hypot(...sums);
        };
        expect(Math.abs(mean('accelerometer') - STANDARD_GRAVITY)).toBeLessThan(0.5);
        expect(Math.abs(mean('gravity') - STANDARD_GRAVITY)).toBeLessThan(0.3);
        expect(mean('linear-acceleration')).toBeLessThan(0.5);
      }),
      { numRuns: 20 },
    );
  });
});
