import { describe, expect, it } from 'vitest';
import {
  fitNormalisation,
  normalisedWindows,
} from '../../../../../src/training/motion/data/normalisation.js';
import { allWindows } from '../../../../../src/training/motion/folds/protocols.js';
import { toyDataSet } from '../../../../helpers/data-sets.js';

const dataSet = toyDataSet({ subjects: 3, windowsEach: 20 });
const indices = allWindows(dataSet);
const LINEAR = { centre: 'none', compression: 0 } as const;

function moments(values: Float32Array, channel: number): { mean: number; std: number } {
  const column = values.filter((_, at) => at % 3 === channel);
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length;
  return { mean, std: Math.sqrt(variance) };
}

describe('fitNormalisation', () => {
  it.each(['none', 'window'] as const)('makes every channel mean 0, deviation 1; centre %s', (centre) => {
    const normalisation = fitNormalisation(dataSet, indices, { centre, compression: 0 });
    const values = normalisedWindows(dataSet, indices, normalisation);
    for (const channel of [0, 1, 2]) {
      const { mean, std } = moments(values, channel);
      expect(mean).toBeCloseTo(0, 4);
      expect(std).toBeCloseTo(1, 4);
    }
  });

  it('looks only at the windows it is given', () => {
    const first = fitNormalisation(dataSet, indices.slice(0, 20), LINEAR);
    const last = fitNormalisation(dataSet, indices.slice(40), LINEAR);
    expect(first.mean[1]).toBeCloseTo(0, 0);
    expect(last.mean[1]).toBeCloseTo(20, 0);
  });

  it('ignores missing samples, which become the mean', () => {
    const values = dataSet.values.slice();
    values.fill(Number.NaN, 0, 9);
    const partly = { ...dataSet, values };
    const normalisation = fitNormalisation(partly, indices, LINEAR);
    expect(normalisation.mean.every(Number.isFinite)).toBe(true);
    expect([...normalisedWindows(partly, [0], normalisation).subarray(0, 9)]).toEqual(Array(9).fill(0));
  });

  it('survives a channel that never changes', () => {
    const still = { ...dataSet, values: dataSet.values.map((value, at) => (at % 3 === 2 ? 7 : value)) };
    const normalisation = fitNormalisation(still, indices, LINEAR);
    const values = normalisedWindows(still, indices, normalisation);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(values[2]).toBeCloseTo(0);
  });

  it('puts the knee of a compressed channel at its share of the deviation, and scales what comes out', () => {
    const linear = fitNormalisation(dataSet, indices, LINEAR);
    const normalisation = fitNormalisation(dataSet, indices, { centre: 'none', compression: 0.25 });
    expect(normalisation.knee).toEqual(linear.std.map((std) => std / 4));
    const { mean, std } = moments(normalisedWindows(dataSet, indices, normalisation), 1);
    expect(mean).toBeCloseTo(0, 4);
    expect(std).toBeCloseTo(1, 4);
  });
});
