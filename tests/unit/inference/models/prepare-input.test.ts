import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepareInput } from '../../../../src/inference/models/prepare-input.js';

type Preparation = Parameters<typeof prepareInput>[1];

const RATE_HZ = 50;
const ROWS = 128;

function preparationOf(channels: readonly string[], overrides: Partial<Preparation> = {}): Preparation {
  return {
    channels: [...channels],
    samplingRateHz: RATE_HZ,
    centre: 'none',
    mean: channels.map(() => 0),
    std: channels.map(() => 1),
    ...overrides,
  };
}

/** Prepares rows into a batch of their own. */
function prepare(
  rows: readonly (readonly number[])[],
  preparation: Preparation,
  marked?: Uint8Array,
): number[][] {
  const width = preparation.channels.length;
  const target = new Float32Array(rows.length * width);
  prepareInput({ values: Float32Array.from(rows.flat()), gravityToRemove: marked }, preparation, target, 0);
  return rows.map((_, row) => Array.from(target.subarray(row * width, (row + 1) * width)));
}

function column(rows: readonly (readonly number[])[], index: number): number[] {
  return rows.map((row) => row[index] ?? Number.NaN);
}

describe(prepareInput, () => {
  it('scales each channel by its own mean and deviation', () => {
    const preparation = preparationOf(['gyroscope.x', 'gyroscope.y'], { mean: [1, -2], std: [2, 4] });
    const prepared = prepare(
      [
        [1, 2],
        [3, -2],
      ],
      preparation,
    );
    expect(prepared).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  it('puts the mean where a sample is missing', () => {
    const preparation = preparationOf(['gyroscope.x', 'gyroscope.y'], { mean: [1, 5], std: [2, 4] });
    expect(
      prepare(
        [
          [Number.NaN, 9],
          [5, Number.NaN],
        ],
        preparation,
      ),
    ).toEqual([
      [0, 1],
      [2, 0],
    ]);
  });

  it('centres each channel on the samples that are there', () => {
    const preparation = preparationOf(['gyroscope.x', 'gyroscope.y'], { centre: 'window', std: [2, 1] });
    const prepared = prepare(
      [
        [10, 1],
        [Number.NaN, 2],
        [14, 3],
      ],
      preparation,
    );
    expect(prepared).toEqual([
      [-1, -1],
      [0, 0],
      [1, 1],
    ]);
  });

  it('compresses movements beyond the knee, after centring and before scaling', () => {
    const preparation = preparationOf(['gyroscope.x'], {
      centre: 'window',
      knee: [2],
      mean: [1],
      std: [0.5],
    });
    const prepared = column(prepare([[10], [Number.NaN], [210]], preparation), 0);
    expect(prepared[0]).toBeCloseTo((Math.asinh(-50) - 1) / 0.5, 5);
    expect(prepared[1]).toBe(0);
    expect(prepared[2]).toBeCloseTo((Math.asinh(50) - 1) / 0.5, 5);
  });

  it('gives zeros for a channel without any sample', () => {
    const missing = [[Number.NaN], [Number.NaN]];
    for (const centre of ['none', 'window'] as const) {
      const preparation = preparationOf(['accelerometer.x'], { centre, mean: [3] });
      expect(prepare(missing, preparation, Uint8Array.of(1, 1))).toEqual([[0], [0]]);
    }
  });

  it('writes its own place in the batch only, and leaves the window as it was', () => {
    const target = new Float32Array(6).fill(7);
    const values = Float32Array.of(1, Number.NaN);
    prepareInput(
      { values, gravityToRemove: Uint8Array.of(1) },
      preparationOf(['accelerometer.x', 'gyroscope.x']),
      target,
      2,
    );
    expect(Array.from(target)).toEqual([7, 7, 0, 0, 7, 7]);
    expect(Array.from(values)).toEqual([1, Number.NaN]);
  });

  it('removes gravity at rest altogether', () => {
    const rows = Array.from({ length: ROWS }, () => [1, -3, 9.25]);
    const channels = ['accelerometer.x', 'accelerometer.y', 'accelerometer.z'];
    const prepared = prepare(rows, preparationOf(channels), new Uint8Array(ROWS).fill(1));
    expect(Math.max(...prepared.flat().map(Math.abs))).toBeLessThan(1e-5);
  });

  it('keeps movement while the phone is turned slowly', () => {
    const movement = (row: number): number => 2 * Math.sin((2 * Math.PI * 2 * row) / RATE_HZ);
    const gravity = (row: number): number => 9.8 * Math.cos((0.2 * row) / RATE_HZ);
    const rows = Array.from({ length: ROWS }, (_, row) => [movement(row) + gravity(row)]);
    const prepared = column(
      prepare(rows, preparationOf(['accelerometer.z']), new Uint8Array(ROWS).fill(1)),
      0,
    );
    const error = prepared.map((value, row) => value - movement(row));
    const rms = (values: readonly number[]): number =>
      Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    expect(rms(error)).toBeLessThan(
      0.3 *
        rms(
          column(
            rows.map((_, row) => [movement(row)]),
            0,
          ),
        ),
    );
  });

  it('does not lag behind gravity that changes', () => {
    const rows = Array.from({ length: ROWS }, (_, row) => [row / RATE_HZ]);
    const prepared = prepare(rows, preparationOf(['accelerometer.z']), new Uint8Array(ROWS).fill(1));
    expect(Math.abs(prepared[ROWS / 2]?.[0] ?? Number.NaN)).toBeLessThan(0.1);
  });

  it('leaves rows without that mark, and other sensors, alone', () => {
    const rows = Array.from({ length: 8 }, (_, row) => [9, row]);
    const marked = Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 0);
    const prepared = prepare(rows, preparationOf(['accelerometer.z', 'gyroscope.z']), marked);
    expect(column(prepared, 0)).toEqual([0, 0, 0, 0, 9, 9, 9, 9]);
    expect(column(prepared, 1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('is finite, and the same for the same window wherever it lies in the batch', () => {
    const value = fc.oneof(fc.float({ min: -1000, max: 1000, noNaN: true }), fc.constant(Number.NaN));
    const windows = fc.record({
      values: fc.array(value, { minLength: 24, maxLength: 24 }),
      marks: fc.option(fc.array(fc.nat({ max: 1 }), { minLength: 12, maxLength: 12 }), { nil: undefined }),
      centre: fc.constantFrom('none' as const, 'window' as const),
      place: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(windows, ({ values, marks, centre, place }) => {
        const channels = ['accelerometer.x', 'gyroscope.x'];
        const preparation = preparationOf(channels, { centre, mean: [1, -1], std: [0.5, 2] });
        const window = {
          values: Float32Array.from(values),
          gravityToRemove: marks === undefined ? undefined : Uint8Array.from(marks),
        };
        const alone = new Float32Array(24);
        prepareInput(window, preparation, alone, 0);
        const batch = new Float32Array(24 * 4).fill(Number.NaN);
        prepareInput(window, preparation, batch, place * 24);
        expect(Array.from(alone).every(Number.isFinite)).toBe(true);
        expect(batch.slice(place * 24, (place + 1) * 24)).toEqual(alone);
      }),
    );
  });
});
