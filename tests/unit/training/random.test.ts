import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, shuffled } from '../../../src/training/random.js';

const COUNT = 20_000;

describe('createRandom', () => {
  it('repeats itself for the same seed and stream only', () => {
    const first = (seed: number, stream?: number): number[] => {
      const random = createRandom(seed, stream);
      return Array.from({ length: 8 }, () => random.uint32());
    };
    expect(first(1)).toEqual(first(1));
    expect(first(1)).not.toEqual(first(2));
    expect(first(1, 1)).not.toEqual(first(1, 2));
  });

  it('is uniform and normal', () => {
    const random = createRandom(3);
    const uniform = Array.from({ length: COUNT }, () => random.uniform());
    const normal = Array.from({ length: COUNT }, () => random.normal());
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / COUNT;
    expect(mean(uniform)).toBeCloseTo(0.5, 1);
    expect(uniform.filter((value) => value < 0.1).length / COUNT).toBeCloseTo(0.1, 1);
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map((value) => value ** 2))).toBeCloseTo(1, 1);
    expect(normal.every(Number.isFinite)).toBe(true);
  });

  it('goes on from a position', () => {
    const random = createRandom(9, 2);
    random.normal();
    const position = random.position();
    const next = [random.uint32(), random.uint32(), random.uint32()];
    const other = createRandom(1);
    other.moveTo(position);
    expect([other.uint32(), other.uint32(), other.uint32()]).toEqual(next);
  });

  it('stays below a bound', () => {
    const random = createRandom(4);
    const values = Array.from({ length: 300 }, () => random.below(3));
    expect(new Set(values)).toEqual(new Set([0, 1, 2]));
  });
});

describe('shuffled', () => {
  it('keeps every item once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
        const result = shuffled(items, createRandom(seed));
        expect([...result].sort()).toEqual([...items].sort());
      }),
    );
  });
});
