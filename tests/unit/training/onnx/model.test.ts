import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floatToHalf, halfToFloat } from '../../../../src/training/onnx/model.js';

describe('half precision', () => {
  it.each([
    [0, 0x0000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65520, 0x7c00],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -26, 0x0000],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [0.999999, 0x3c00],
  ])('writes %d as its bits (IEEE 754)', (value, bits) => {
    expect(floatToHalf(value)).toBe(bits);
  });

  it('gives every half back as it was', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfToFloat(bits);
      if (!Number.isNaN(value)) expect(floatToHalf(value), bits.toString(16)).toBe(bits);
    }
  });

  it('is off by no more than half of its last bit', () => {
    fc.assert(
      fc.property(fc.double({ min: 6.2e-5, max: 65000, noNaN: true }), (value) => {
        expect(Math.abs(halfToFloat(floatToHalf(value)) - value)).toBeLessThanOrEqual(
          value * 2 ** -11 * 1.001,
        );
      }),
    );
  });
});
