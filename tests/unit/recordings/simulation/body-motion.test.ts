import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyMotion, type MutableVector } from '../../../../src/recordings/simulation/body-motion.js';
import { createPerson } from '../../../../src/recordings/simulation/person.js';
import { START_MS } from '../../../helpers/sensor-messages.js';

const STRETCH = {
  fromMs: START_MS,
  toMs: START_MS + 30_000,
  activity: 'walking',
  accompanied: true,
  conversation: true,
  seed: 5,
} as const;

function read(by: (timeMs: number, out: MutableVector) => void, timeMs: number): MutableVector {
  const out: MutableVector = [0, 0, 0];
  by(timeMs, out);
  return out;
}

describe('BodyMotion', () => {
  it('turns at the rates that its angles change by', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (person, seed) => {
        const body = new BodyMotion(createPerson(person), { ...STRETCH, seed });
        const squares = { rate: 0, difference: 0 };
        for (let timeMs = START_MS + 1000; timeMs < START_MS + 29_000; timeMs += 100) {
          const before = read((at, out) => body.anglesAt(at, out), timeMs - 1);
          const after = read((at, out) => body.anglesAt(at, out), timeMs + 1);
          const rates = read((at, out) => body.ratesAt(at, out), timeMs);
          for (const axis of [0, 1, 2] as const) {
            const change = (after[axis] - before[axis]) / 0.002;
            squares.rate += rates[axis] ** 2;
            squares.difference += (rates[axis] - change) ** 2;
          }
        }
        expect(squares.difference / squares.rate).toBeLessThan(0.1);
      }),
      { numRuns: 20 },
    );
  });

  it('is still at the ends of a stretch, but for the way it faces', () => {
    const body = new BodyMotion(createPerson(1), STRETCH);
    expect(read((at, out) => body.accelerationAt(at, out), STRETCH.fromMs)).toEqual([0, 0, 0]);
    expect(read((at, out) => body.accelerationAt(at, out), STRETCH.toMs)).toEqual([0, 0, 0]);
    expect(
      Math.hypot(...read((at, out) => body.accelerationAt(at, out), STRETCH.fromMs + 5000)),
    ).toBeGreaterThan(0);
  });
});
