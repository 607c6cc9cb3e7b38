import { describe, expect, it } from 'vitest';
import { scoreTarget } from '../../../../../src/training/metrics.js';
import { subjectIntervals } from '../../../../../src/training/motion/figures/subject-intervals.js';
import { createRandom } from '../../../../../src/training/random.js';

/** Windows of some people, of which each is told right with a chance of its own. */
function people(chances: readonly number[], windowsEach = 60) {
  const random = createRandom(4);
  const rows = chances.flatMap((chance, subject) =>
    Array.from({ length: windowsEach }, (_, row) => {
      const truth = row % 2;
      const right = random.uniform() < chance;
      const positive = (truth === 1) === right ? 0.6 + 0.3 * random.uniform() : 0.4 - 0.3 * random.uniform();
      return { truth, subject, positive };
    }),
  );
  return {
    classes: ['no', 'yes'],
    truth: rows.map(({ truth }) => truth),
    subjects: rows.map(({ subject }) => subject),
    probabilities: rows.flatMap(({ positive }) => [1 - positive, positive]),
    seed: 1,
  };
}

describe('subjectIntervals', () => {
  it('lies around every figure', () => {
    const scored = people([0.6, 0.7, 0.8, 0.9, 0.95, 0.65, 0.75, 0.85]);
    const figures = scoreTarget(scored);
    const intervals = subjectIntervals(scored);
    if (intervals === null) throw new Error('no intervals');
    for (const name of ['accuracy', 'balancedAccuracy', 'macroF1', 'rocAuc', 'calibrationError'] as const) {
      const [low, high] = intervals[name] ?? [1, 0];
      expect(low, name).toBeLessThanOrEqual(figures[name] ?? 0);
      expect(high, name).toBeGreaterThanOrEqual(figures[name] ?? 1);
      expect(high - low, name).toBeLessThan(0.25);
    }
    for (const at of [0, 1]) {
      const [low, high] = intervals.recall[at] ?? [1, 0];
      expect(low).toBeLessThan(figures.recall[at] ?? 0);
      expect(high).toBeGreaterThan(figures.recall[at] ?? 1);
    }
  });

  it('is as wide as people differ, however many windows they have', () => {
    const width = (chances: number[]): number => {
      const [low, high] = subjectIntervals(people(chances, 400))?.accuracy ?? [0, 1];
      return high - low;
    };
    expect(width([0.8, 0.8, 0.8, 0.8, 0.8, 0.8])).toBeLessThan(0.05);
    expect(width([0.5, 0.6, 0.7, 0.9, 1, 1])).toBeGreaterThan(0.15);
  });

  it('is the same for the same seed, and nothing for one person', () => {
    const scored = people([0.6, 0.9]);
    expect(subjectIntervals(scored)).toEqual(subjectIntervals(scored));
    expect(subjectIntervals(people([0.7]))).toBeNull();
  });

  it('says nothing of a class that was never told', () => {
    const scored = { ...people([0.6, 0.9]), probabilities: people([0.6, 0.9]).truth.flatMap(() => [1, 0]) };
    expect(subjectIntervals(scored)?.precision[1]).toBeNull();
    expect(subjectIntervals(scored)?.recall[1]).toEqual([0, 0]);
  });
});
