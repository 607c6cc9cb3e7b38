import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowFeatures } from '../../../../../src/training/motion/baselines/window-features.js';

const PER_SERIES = 15;
const PER_SENSOR = 4 * PER_SERIES + 3;

/** One sensor of which x is given, y its opposite, z still. */
function windowOf(series: readonly number[]): Float32Array {
  return Float32Array.from(series.flatMap((value) => [value, -value, 1]));
}

describe('windowFeatures', () => {
  it('tells mean, spread, quartiles, roughness and crossings', () => {
    const features = windowFeatures(windowOf([1, 3, 1, 3, 1, 3, 1, 3]), 3);
    expect(features).toHaveLength(PER_SENSOR);
    const [mean, std, least, , , , most, roughness, crossings] = features;
    expect([mean, std, least, most]).toEqual([2, 1, 1, 3]);
    expect(roughness).toBeCloseTo((7 * 2) / 8);
    expect(crossings).toBeCloseTo(7 / 8);
  });

  it('puts fast movement into the first octave and slow movement into a later one', () => {
    const octaves = (series: number[]): number[] => [
      ...windowFeatures(windowOf(series), 3).subarray(9, PER_SERIES),
    ];
    const fast = octaves(Array.from({ length: 64 }, (_, row) => (row % 2 === 0 ? 1 : -1)));
    const slow = octaves(Array.from({ length: 64 }, (_, row) => Math.sin((row * 2 * Math.PI) / 32)));
    expect(fast.indexOf(Math.max(...fast))).toBe(0);
    expect(slow.indexOf(Math.max(...slow))).toBeGreaterThan(2);
  });

  it('tells how axes go together', () => {
    const features = windowFeatures(windowOf([1, 2, 5, 3]), 3);
    expect(features[PER_SENSOR - 3]).toBeCloseTo(-1);
    expect([...features.subarray(PER_SENSOR - 2)]).toEqual([0, 0]);
  });

  it('has finite features of any window', () => {
    const window = fc.integer({ min: 8, max: 40 }).chain((rows) =>
      fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), {
        minLength: rows * 6,
        maxLength: rows * 6,
      }),
    );
    fc.assert(
      fc.property(window, (values) => {
        const features = windowFeatures(Float32Array.from(values), 6);
        expect(features).toHaveLength(2 * PER_SENSOR);
        expect(features.every(Number.isFinite)).toBe(true);
      }),
    );
  });
});
