import { describe, expect, it } from 'vitest';
import {
  type FoldResult,
  figuresOf,
  holdOutValidation,
} from '../../../../../src/training/motion/folds/cross-validate.js';
import { allWindows, splitsOf } from '../../../../../src/training/motion/folds/protocols.js';
import { toyDataSet } from '../../../../helpers/data-sets.js';

const dataSet = toyDataSet({ subjects: 4, windowsEach: 10 });
const labels = dataSet.labels.get('conversation') ?? new Int8Array();
const folds = splitsOf(dataSet, 'loso', { folds: 4, testShare: 0.25, seed: 1 });

/** Says the truth with certainty, except in the windows named. */
function resultsWith(wrong: readonly number[]): FoldResult[] {
  return folds.map(({ name, test }) => {
    const said = test.map((index) =>
      wrong.includes(index) ? 1 - (labels[index] ?? 0) : (labels[index] ?? 0),
    );
    const probabilities = Float32Array.from(said.flatMap((label) => [1 - label, label]));
    return {
      name,
      test,
      probabilities: new Map([['conversation', probabilities]]),
      history: [],
      bestEpoch: 1,
    };
  });
}

describe('figuresOf', () => {
  it('puts the folds together and tells subjects apart', () => {
    const { pooled, bySubject } = figuresOf(dataSet, 'conversation', folds, resultsWith([0, 11]));
    expect(pooled.windows).toBe(40);
    expect(pooled.accuracy).toBeCloseTo(38 / 40);
    expect([...bySubject].map(([subject, metrics]) => [subject, metrics.accuracy])).toEqual([
      ['s1', 0.9],
      ['s2', 0.9],
      ['s3', 1],
      ['s4', 1],
    ]);
  });

  it('counts the folds that are there', () => {
    expect(figuresOf(dataSet, 'conversation', folds, resultsWith([]).slice(0, 2)).pooled.windows).toBe(20);
  });

  it('compares with the most frequent class of each fold’s training windows', () => {
    const yes = labels.filter((label) => label === 1).length;
    const { majority } = figuresOf(dataSet, 'conversation', folds, resultsWith([]));
    expect(majority.balancedAccuracy).toBeLessThanOrEqual(0.5);
    expect(majority.accuracy).toBeLessThanOrEqual(Math.max(yes, 40 - yes) / 40);
  });
});

describe('holdOutValidation', () => {
  it('holds whole subjects back', () => {
    const { train, validation } = holdOutValidation(dataSet, allWindows(dataSet), {
      validationShare: 0.25,
      seed: 1,
    });
    expect(validation).toHaveLength(10);
    expect(new Set(validation.map((index) => dataSet.subjectOf[index])).size).toBe(1);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(allWindows(dataSet));
  });

  it('holds nothing back unless asked to', () => {
    const all = allWindows(dataSet);
    expect(holdOutValidation(dataSet, all, { validationShare: 0, seed: 1 })).toEqual({
      train: all,
      validation: [],
    });
  });
});
