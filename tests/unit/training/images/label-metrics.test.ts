import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  averagePrecision,
  bestThreshold,
  calibrateHead,
  fitLine,
  scoreLabels,
} from '../../../../src/training/images/label-metrics.js';
import { neighbourFolds } from '../../../../src/training/images/split-images.js';
import { metricsSentence } from '../../../../src/training/images/write-label-model.js';
import { createRandom } from '../../../../src/training/random.js';

describe(averagePrecision, () => {
  it('is the mean of the precisions at the pictures that have the label', () => {
    expect(averagePrecision([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6])).toBeCloseTo((1 + 2 / 3) / 2, 10);
    expect(averagePrecision([0, 0], [0.5, 0.5])).toBeNull();
  });

  it('does not depend on the order of pictures, equal probabilities included', () => {
    const rows = fc.array(fc.record({ has: fc.boolean(), step: fc.integer({ min: 0, max: 3 }) }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(rows, (all) => {
        const of = (list: typeof all) =>
          averagePrecision(
            list.map(({ has }) => Number(has)),
            list.map(({ step }) => step / 3),
          );
        const [there, back] = [of(all), of(all.toReversed())];
        expect(there === null ? back : there - (back ?? Number.NaN)).toSatisfy(
          (value) => value === null || Math.abs(value) < 1e-12,
        );
      }),
    );
  });
});

describe(scoreLabels, () => {
  const labels = ['shoes', 'hat', 'coat'];
  const truth = [1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0];
  const told = [0.9, 0.8, 0.1, 0.9, 0.2, 0.7, 0.9, 0.6, 0.5, 0.9, 0.3, 0.2];

  it('leaves labels that nearly all pictures have out of the means, and of what is worn first', () => {
    const { counted, meanAveragePrecision, firstWorn, macroF1, byLabel } = scoreLabels(
      labels,
      truth,
      told,
      [0.5, 0.5, 0.5],
    );
    expect(counted).toEqual(['hat', 'coat']);
    expect(byLabel.map(({ positives }) => positives)).toEqual([4, 2, 2]);
    expect(meanAveragePrecision).toBeCloseTo(((1 + 2 / 3) / 2 + 1) / 2, 10);
    // The third picture's likeliest counted label is hat, which it lacks.
    expect(firstWorn).toBe(0.75);
    expect(macroF1).toBeCloseTo((0.5 + 1) / 2, 10);
  });

  it('has no figures over labels that all pictures have, or none', () => {
    const none = { meanAveragePrecision: null, macroF1: null, firstWorn: null };
    const scored = scoreLabels(['shoes', 'hat'], [1, 0, 1, 0], [0.9, 0.2, 0.8, 0.1], [0.5, 0.5]);
    expect(scored).toMatchObject({ ...none, counted: [] });
    expect(metricsSentence(scored)).toMatch('no figures');
  });
});

describe(bestThreshold, () => {
  it('has the largest F1 of all thresholds', () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 20 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(rows, (all) => {
        const truth = all.map(([has]) => has);
        const probabilities = all.map(([, step]) => step / 20);
        fc.pre(truth.includes(1));
        const f1 = (threshold: number): number =>
          scoreLabels(['one'], truth, probabilities, [threshold]).byLabel[0]?.f1 ?? 0;
        const best = f1(bestThreshold(truth, probabilities));
        for (const threshold of probabilities) expect(f1(threshold)).toBeLessThanOrEqual(best + 1e-12);
      }),
    );
  });
});

describe(calibrateHead, () => {
  it('takes back what a head is too sure of, and keeps the order of pictures', () => {
    const random = createRandom(3);
    const logits = Float32Array.from({ length: 2000 }, () => random.normal() * 6);
    const targets = logits.map((value) => (random.uniform() < 1 / (1 + Math.exp(-(value / 3 - 1))) ? 1 : 0));
    const { slope, offset } = fitLine([...logits], [...targets]);
    expect(slope).toBeCloseTo(1 / 3, 1);
    expect(offset).toBeCloseTo(-1, 0);
    const head = { kernel: Float32Array.of(3, 6), bias: Float32Array.of(1), steps: 0 };
    const { head: calibrated, probabilities } = calibrateHead(head, { targets, logits });
    expect(calibrated.kernel[1]).toBeCloseTo(6 * slope, 4);
    expect(calibrated.bias[0]).toBeCloseTo(slope + offset, 4);
    const mean = probabilities.reduce((sum, value) => sum + value, 0) / 2000;
    expect(mean).toBeCloseTo(targets.reduce((sum, value) => sum + value, 0) / 2000, 2);
  });

  it('never turns the order around, however wrong the head is', () => {
    expect(fitLine([-2, -1, 1, 2], [1, 1, 0, 0]).slope).toBeGreaterThan(0);
  });
});

describe(neighbourFolds, () => {
  it('tests every picture once and keeps blocks of neighbours together', () => {
    const folds = neighbourFolds(95, 5, 10);
    expect(folds.flatMap(({ test }) => test).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 95 }, (_, at) => at),
    );
    for (const { train, test } of folds) {
      expect(train.length + test.length).toBe(95);
      const blocks = new Set(test.map((at) => Math.floor(at / 10)));
      expect(train.some((at) => blocks.has(Math.floor(at / 10)))).toBe(false);
    }
  });
});
