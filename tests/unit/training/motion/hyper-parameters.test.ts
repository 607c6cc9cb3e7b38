import { describe, expect, it } from 'vitest';
import { epochsOf, hyperParametersSchema } from '../../../../src/training/motion/hyper-parameters.js';

describe(epochsOf, () => {
  it.each([
    ['few', 500, 60],
    ['some', 3000, 42],
    ['many', 24_000, 6],
  ])('makes more passes over %s windows: %i', (_words, windows, epochs) => {
    expect(epochsOf(hyperParametersSchema.parse({}), windows)).toBe(epochs);
  });

  it('is what was asked for', () => {
    expect(epochsOf(hyperParametersSchema.parse({ epochs: 3 }), 500)).toBe(3);
  });
});
