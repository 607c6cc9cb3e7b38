import { describe, expect, it } from 'vitest';
import {
  describeProtocol,
  isLeaky,
  PROTOCOLS,
  type ProtocolOptions,
  splitsOf,
} from '../../../../../src/training/motion/folds/protocols.js';
import { toyDataSet } from '../../../../helpers/data-sets.js';

const options: ProtocolOptions = { folds: 3, testShare: 0.25, seed: 1 };
const dataSet = toyDataSet({ subjects: 8, windowsEach: 5 });
const subjectsOf = (indices: readonly number[]): Set<number> =>
  new Set(indices.map((index) => dataSet.subjectOf[index] ?? -1));

describe('splitsOf', () => {
  it.each(PROTOCOLS)('never tests on a training window: %s', (protocol) => {
    for (const { train, test } of splitsOf(dataSet, protocol, options)) {
      expect(test.length).toBeGreaterThan(0);
      expect(train.length + test.length).toBe(dataSet.count);
      expect(new Set([...train, ...test]).size).toBe(dataSet.count);
    }
  });

  it.each(['loso', 'folds', 'holdout'] as const)('keeps subjects apart: %s', (protocol) => {
    for (const { train, test } of splitsOf(dataSet, protocol, options)) {
      const tested = subjectsOf(test);
      expect([...subjectsOf(train)].filter((subject) => tested.has(subject))).toEqual([]);
    }
  });

  it.each(['loso', 'folds', 'random'] as const)('tests every window once: %s', (protocol) => {
    const tested = splitsOf(dataSet, protocol, options).flatMap((fold) => fold.test);
    expect(tested.sort((a, b) => a - b)).toEqual(Array.from({ length: dataSet.count }, (_, index) => index));
  });

  it('leaves one subject out at a time', () => {
    const folds = splitsOf(dataSet, 'loso', options);
    expect(folds.map((fold) => fold.name)).toEqual(dataSet.subjects);
    expect(folds.every((fold) => subjectsOf(fold.test).size === 1)).toBe(true);
  });

  it('holds a quarter of the subjects out', () => {
    const [fold] = splitsOf(dataSet, 'holdout', options);
    expect(subjectsOf(fold?.test ?? []).size).toBe(2);
  });

  it('gives the same folds for the same seed and others for another', () => {
    const testsOf = (seed: number): (readonly number[])[] =>
      splitsOf(dataSet, 'folds', { ...options, seed }).map((fold) => fold.test);
    expect(testsOf(1)).toEqual(testsOf(1));
    expect(testsOf(1)).not.toEqual(testsOf(2));
  });

  it('says that leaving one subject out needs two', () => {
    const alone = toyDataSet({ subjects: 1, windowsEach: 5 });
    expect(() => splitsOf(alone, 'loso', options)).toThrow(
      /"loso" needs .* at least 2 subjects, but the data has 1/,
    );
  });
});

describe('isLeaky', () => {
  it('is true of random windows alone, and their description says so', () => {
    expect(PROTOCOLS.filter(isLeaky)).toEqual(['random']);
    expect(describeProtocol('random', options)).toContain('leaky');
  });
});
