import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TensorFormat, writeTensor } from '../../../../src/inference/images/rgb-image.js';

/** Two pixels beside one another. */
const IMAGE = { widthPixels: 2, heightPixels: 1, data: Uint8Array.of(10, 20, 30, 40, 50, 60) };
const FORMAT: TensorFormat = { layout: 'nchw', channelOrder: 'rgb', mean: [0, 0, 0], std: [1, 1, 1] };

function tensorOf(format: Partial<TensorFormat>): number[] {
  const target = new Float32Array(6);
  writeTensor(IMAGE, { ...FORMAT, ...format }, target, 0);
  return [...target];
}

describe(writeTensor, () => {
  it('writes channel after channel', () => {
    expect(tensorOf({})).toEqual([10, 40, 20, 50, 30, 60]);
  });

  it('writes pixel after pixel', () => {
    expect(tensorOf({ layout: 'nhwc' })).toEqual([10, 20, 30, 40, 50, 60]);
  });

  it('writes blue first for networks that want it, each channel with its own mean and deviation', () => {
    const format: Partial<TensorFormat> = { channelOrder: 'bgr', mean: [0, 10, 20], std: [1, 2, 10] };
    expect(tensorOf({ ...format, layout: 'nhwc' })).toEqual([1, 5, 10, 4, 20, 40]);
    expect(tensorOf(format)).toEqual([1, 4, 5, 20, 10, 40]);
  });

  it('touches its own place in the batch only', () => {
    const target = new Float32Array(10).fill(-1);
    writeTensor(IMAGE, FORMAT, target, 2);
    expect([...target]).toEqual([-1, -1, 10, 40, 20, 50, 30, 60, -1, -1]);
  });

  it('writes every value once, whatever the size and format', () => {
    const format = fc.record({
      layout: fc.constantFrom('nchw' as const, 'nhwc' as const),
      channelOrder: fc.constantFrom('rgb' as const, 'bgr' as const),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        format,
        (width, height, shape) => {
          const length = 3 * width * height;
          const data = Uint8Array.from({ length }, (_, index) => index % 256);
          const target = new Float32Array(length).fill(Number.NaN);
          const image = { widthPixels: width, heightPixels: height, data };
          writeTensor(image, { ...FORMAT, ...shape }, target, 0);
          expect([...target].sort((a, b) => a - b)).toEqual([...data].sort((a, b) => a - b));
        },
      ),
    );
  });
});
