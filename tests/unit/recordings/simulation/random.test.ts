import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHashRandom, normalAt, uniformAt } from '../../../../src/recordings/simulation/random.js';

describe('uniformAt', () => {
  it('stays within [0, 1) for any seed and place', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (seed, place) => {
        const value = uniformAt(seed, place);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
      }),
    );
  });

  it('spreads evenly over neighbouring places', () => {
    const counts = new Array<number>(10).fill(0);
    for (let place = 0; place < 20_000; place++) {
      const tenth = Math.floor(uniformAt(42, place) * 10);
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });
});

describe('normalAt', () => {
  it('has mean 0 and standard deviation 1', () => {
    const values = Array.from({ length: 20_000 }, (_, place) => normalAt(7, place));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
  });
});

describe('createHashRandom', () => {
  it('repeats a sequence for a seed and gives another for another', () => {
    const draw = (seed: number): number[] => {
      const random = createHashRandom(seed);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});
