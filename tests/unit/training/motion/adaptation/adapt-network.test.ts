import { describe, expect, it } from 'vitest';
import { splitNew } from '../../../../../src/training/motion/adaptation/adapt-network.js';
import { toyDataSet } from '../../../../helpers/data-sets.js';

const options = { folds: 2, testShare: 0.25, seed: 1 };

describe('splitNew', () => {
  it('holds out subjects where there are several', () => {
    const dataSet = toyDataSet({ subjects: 4, windowsEach: 20 });
    const { train, test, description } = splitNew(dataSet, options);
    const subjects = (indices: readonly number[]): Set<number | undefined> =>
      new Set(indices.map((index) => dataSet.subjectOf[index]));
    expect(subjects(test).size).toBe(1);
    expect([...subjects(train)].some((subject) => subjects(test).has(subject))).toBe(false);
    expect(train.length + test.length).toBe(dataSet.count);
    expect(description).toContain('25 % of the subjects');
  });

  it('holds out the last windows of each answer of one subject, without overlap', () => {
    const dataSet = toyDataSet({ subjects: 1, windowsEach: 80 });
    const lengthMs = (dataSet.sizeSamples * 1000) / dataSet.samplingRateHz;
    const startMs = dataSet.startMs.map((_, index) => (index * lengthMs) / 2);
    const spread = { ...dataSet, startMs };
    const { train, test, description } = splitNew(spread, options);
    const labels = dataSet.labels.get('conversation');
    expect(new Set(test.map((index) => labels?.[index]))).toEqual(new Set(labels));
    for (const index of train) {
      for (const held of test) {
        expect(Math.abs((startMs[index] ?? 0) - (startMs[held] ?? 0))).toBeGreaterThanOrEqual(lengthMs);
      }
    }
    expect(description).toBe('the last 25 % of each answer’s windows of the one subject');
  });

  it('refuses what is too little to be split', () => {
    const dataSet = toyDataSet({ subjects: 1, windowsEach: 1 });
    expect(() => splitNew(dataSet, options)).toThrow(expect.objectContaining({ code: 'TRAINING_FAILED' }));
  });
});
