import { describe, expect, it } from 'vitest';
import {
  epochsOf,
  hyperParametersSchema,
} from '../../../../../src/training/motion/network/hyper-parameters.js';

describe('hyperParametersSchema', () => {
  it.each([
    ['poolSamples', { sizeSamples: 128, poolSamples: 5 }],
    ['spectraSamples', { sizeSamples: 128, spectraSamples: 129 }],
    ['spectraSamples', { sizeSamples: 128, spectraSamples: 3 }],
  ])('refuses %s that does not fit the window', (name, settings) => {
    const issues = hyperParametersSchema.safeParse(settings).error?.issues;
    expect(issues).toMatchObject([{ path: [name], message: expect.stringMatching(/must/) }]);
  });
});

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
