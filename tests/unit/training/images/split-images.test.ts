import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdOut, stratifiedFolds } from '../../../../src/training/images/split-images.js';

const labels = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 80 });

describe('stratifiedFolds', () => {
  it('tests every image once, and never trains on what it tests', () => {
    fc.assert(
      fc.property(labels, fc.integer({ min: 2, max: 10 }), fc.nat(), (truth, folds, seed) => {
        const splits = stratifiedFolds(truth, folds, seed);
        expect(splits.flatMap(({ test }) => test).sort((a, b) => a - b)).toEqual([...truth.keys()]);
        for (const { train, test } of splits) {
          expect([...train, ...test].sort((a, b) => a - b)).toEqual([...truth.keys()]);
        }
      }),
    );
  });

  it('spreads every class evenly', () => {
    fc.assert(
      fc.property(labels, fc.integer({ min: 2, max: 10 }), fc.nat(), (truth, folds, seed) => {
        const splits = stratifiedFolds(truth, folds, seed);
        for (const label of new Set(truth)) {
          const counts = splits.map(({ test }) => test.filter((index) => truth[index] === label).length);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('holdOut', () => {
  it('puts at least one image of every class aside and leaves at least one', () => {
    fc.assert(
      fc.property(labels, fc.double({ min: 0.01, max: 0.4, noNaN: true }), (truth, share) => {
        const { train, test } = holdOut(truth, share, 1);
        expect([...train, ...test].sort((a, b) => a - b)).toEqual([...truth.keys()]);
        for (const label of new Set(truth)) {
          const own = (indices: readonly number[]) =>
            indices.filter((index) => truth[index] === label).length;
          expect(own(train)).toBeGreaterThan(0);
          expect(own(test) > 0).toBe(truth.filter((other) => other === label).length > 1);
        }
      }),
    );
  });
});
