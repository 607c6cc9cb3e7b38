import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreTarget } from '../../../src/training/metrics.js';

const BINARY = ['no', 'yes'];

/** One row a window: the probability of "yes". */
function binary(truth: readonly number[], yes: readonly number[], threshold = 0.5) {
  return scoreTarget({ classes: BINARY, truth, probabilities: yes.flatMap((p) => [1 - p, p]), threshold });
}

describe('scoreTarget', () => {
  it('counts by hand: three of four "no" and one of two "yes"', () => {
    const metrics = binary([0, 0, 0, 0, 1, 1], [0.1, 0.2, 0.3, 0.9, 0.8, 0.4]);
    expect(metrics.confusion).toEqual([
      [3, 1],
      [1, 1],
    ]);
    expect(metrics.accuracy).toBeCloseTo(4 / 6);
    expect(metrics.balancedAccuracy).toBeCloseTo((3 / 4 + 1 / 2) / 2);
    expect(metrics.recall).toEqual([3 / 4, 1 / 2]);
    expect(metrics.precision).toEqual([3 / 4, 1 / 2]);
    expect(metrics.macroF1).toBeCloseTo((3 / 4 + 1 / 2) / 2);
    // Of the 8 pairs of a "yes" and a "no", the "yes" scores higher in 3 + 3.
    expect(metrics.rocAuc).toBeCloseTo(6 / 8);
  });

  it('predicts "yes" from the threshold on', () => {
    expect(binary([1], [0.7], 0.7).accuracy).toBe(1);
    expect(binary([1], [0.69], 0.7).accuracy).toBe(0);
  });

  it('leaves classes that do not occur out of the means', () => {
    const metrics = binary([1, 1, 1], [0.9, 0.9, 0.1]);
    expect(metrics.balancedAccuracy).toBeCloseTo(2 / 3);
    expect(metrics.recall).toEqual([null, 2 / 3]);
    expect(metrics.rocAuc).toBeNull();
  });

  it('takes the most probable of several classes', () => {
    const metrics = scoreTarget({
      classes: ['a', 'b', 'c'],
      truth: [0, 1, 2],
      probabilities: [0.5, 0.3, 0.2, 0.2, 0.3, 0.5, 0.1, 0.1, 0.8],
    });
    expect(metrics.confusion).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 1],
    ]);
    expect(metrics.precision).toEqual([1, null, 1 / 2]);
  });

  it('finds no calibration error where confidence is accuracy', () => {
    const truth = [1, 1, 1, 0];
    expect(binary(truth, [0.75, 0.75, 0.75, 0.75]).calibrationError).toBeCloseTo(0);
    expect(binary(truth, [1, 1, 1, 1]).calibrationError).toBeCloseTo(0.25);
  });

  it('gives ties half in the area under the ROC curve', () => {
    expect(binary([0, 1], [0.5, 0.5]).rocAuc).toBe(0.5);
  });

  it('has an area under the ROC curve that equals counting all pairs', () => {
    const window = fc.record({ truth: fc.nat(1), score: fc.integer({ min: 0, max: 10 }).map((n) => n / 10) });
    fc.assert(
      fc.property(fc.array(window, { minLength: 2, maxLength: 40 }), (windows) => {
        const pairs = windows
          .filter(({ truth }) => truth === 1)
          .flatMap((yes) =>
            windows
              .filter(({ truth }) => truth === 0)
              .map((no) => (yes.score > no.score ? 1 : yes.score === no.score ? 0.5 : 0)),
          );
        const metrics = binary(
          windows.map(({ truth }) => truth),
          windows.map(({ score }) => score),
        );
        if (pairs.length === 0) expect(metrics.rocAuc).toBeNull();
        else expect(metrics.rocAuc).toBeCloseTo(pairs.reduce<number>((a, b) => a + b, 0) / pairs.length);
      }),
    );
  });
});
