import { describe, expect, it } from 'vitest';
import { broadcastDims, elementCount, sizeOf } from '../../../../src/training/onnx/dims.js';

describe('broadcastDims', () => {
  it.each([
    [[2, 3], [3], [2, 3]],
    [
      [2, 1],
      [1, 5],
      [2, 5],
    ],
    [[], [4], [4]],
    [['batch', 3], [3], ['batch', 3]],
    [[1], ['batch', 3], ['batch', 3]],
  ])('%j and %j make %j', (a, b, expected) => {
    expect(broadcastDims(a, b)).toEqual(expected);
    expect(broadcastDims(b, a)).toEqual(expected);
  });

  it('refuses shapes that do not fit', () => {
    expect(() => broadcastDims([2, 3], [2])).toThrow('[2, 3] and [2] do not broadcast');
  });
});

describe('sizeOf', () => {
  it('counts negative axes from the end', () => {
    expect(sizeOf([2, 3, 4], -1)).toBe(4);
  });

  it('refuses a size that is not known', () => {
    expect(() => sizeOf(['batch', 3], 0)).toThrow('axis 0 of [batch, 3] has no known size');
    expect(() => elementCount([2, 'steps'])).toThrow('no known size');
  });
});
