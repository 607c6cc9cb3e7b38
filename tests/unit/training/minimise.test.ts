import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minimise } from '../../../src/training/minimise.js';

describe('minimise', () => {
  it('finds the bottom of any bowl, however steep some of its sides are', async () => {
    const numbers = (from: number, to: number) =>
      fc.array(fc.double({ min: from, max: to, noNaN: true }), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(numbers(-3, 3), numbers(0.2, 20), async (bottom, steepness) => {
        const slopeAt = (point: Float32Array) => {
          const errors = point.map((value, at) => value - (bottom[at] ?? 0));
          const gradient = errors.map((error, at) => error * (steepness[at] ?? 0));
          const value = errors.reduce((sum, error, at) => sum + (error * (gradient[at] ?? 0)) / 2, 0);
          return Promise.resolve({ value, gradient });
        };
        const found = await minimise(slopeAt, new Float32Array(4), 60);
        found.forEach((value, at) => {
          expect(value).toBeCloseTo(bottom[at] ?? 0, 1);
        });
      }),
    );
  });

  it('follows a curved valley, and never ends higher than it began', async () => {
    const slopeAt = ([x = 0, y = 0]: Float32Array) =>
      Promise.resolve({
        value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
        gradient: Float32Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
      });
    const found = await minimise(slopeAt, Float32Array.of(-1.2, 1), 100);
    expect((await slopeAt(found)).value).toBeLessThan(1e-3);
    const start = Float32Array.of(1, 1);
    expect(await minimise(slopeAt, start, 5)).toEqual(start);
  });
});
