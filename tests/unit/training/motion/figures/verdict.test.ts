import { describe, expect, it } from 'vitest';
import { confusionFigures } from '../../../../../src/training/metrics.js';
import { type Judged, verdictOf } from '../../../../../src/training/motion/figures/verdict.js';

/** Ten windows of each class for each person; of them so many are right. */
function method(rightOfTen: readonly number[], width = 0.06): Judged & Parameters<typeof verdictOf>[0] {
  const confusions = rightOfTen.map((right) => [
    [right, 10 - right],
    [10 - right, right],
  ]);
  const summed = [0, 1].map((row) =>
    [0, 1].map((column) => confusions.reduce((sum, cells) => sum + (cells[row]?.[column] ?? 0), 0)),
  );
  const pooled = {
    ...confusionFigures(summed),
    windows: 0,
    classes: ['no', 'yes'],
    confusion: summed,
  };
  const figures = { ...pooled, rocAuc: null, calibrationError: 0 };
  const bySubject = new Map(confusions.map((confusion, at) => [`s${at}`, { ...figures, confusion }]));
  const middle = figures.balancedAccuracy;
  const range = [middle - width / 2, middle + width / 2] as const;
  const none = {
    precision: [],
    recall: [],
    rocAuc: null,
    calibrationError: null,
    accuracy: null,
    macroF1: null,
  };
  return { pooled: figures, bySubject, intervals: { ...none, balancedAccuracy: range } };
}

const people = Array.from({ length: 20 }, (_, at) => at);
const good = method(people.map((at) => 8 + (at % 2)));
const fair = method(people.map((at) => 6 + (at % 2)));
const mixed = method(people.map((at) => (at % 2 === 0 ? 10 : 7)));

describe('verdictOf', () => {
  it('is better than the best baseline when the interval of the difference lies above zero', () => {
    const verdict = verdictOf(
      good,
      new Map([
        ['fair', fair],
        ['poor', method(people.map(() => 5))],
      ]),
    );
    expect(verdict).toMatchObject({
      comparison: 'better than',
      baseline: 'fair',
      people: 20,
      isEnough: true,
    });
    expect(verdict.difference).toBeCloseTo(0.2, 9);
    expect(verdict.text).toContain('better than the best baseline, fair 0.650 (+0.200');
    expect(verdict.text).toContain('20 people are enough');
  });

  it('is worse than it when the interval lies below zero', () => {
    expect(verdictOf(fair, new Map([['good', good]]))).toMatchObject({ comparison: 'worse than' });
  });

  it('is no better than it when people do not agree which is better', () => {
    expect(verdictOf(good, new Map([['mixed', mixed]]))).toMatchObject({ comparison: 'no better than' });
  });

  it('compares people with themselves: a small gain of everybody is a gain', () => {
    const before = method(people.map((at) => at % 8));
    const after = method(people.map((at) => (at % 8) + 1));
    expect(verdictOf(after, new Map([['before', before]]))).toMatchObject({ comparison: 'better than' });
  });

  it('compares with a guess, which is the same for all people', () => {
    const guess = { pooled: { balancedAccuracy: 0.5 }, bySubject: new Map() };
    expect(verdictOf(good, new Map([['majority vote', guess]]))).toMatchObject({
      comparison: 'better than',
      baseline: 'majority vote',
    });
  });

  it('says when people are too few, or too different', () => {
    const few = verdictOf(method([8, 9, 8]), new Map([['fair', method([5, 6, 5])]]));
    expect(few.isEnough).toBe(false);
    expect(few.text).toContain('3 people are not enough to say how it does on others; at least 10 are');
    const wide = verdictOf(
      {
        ...good,
        intervals: method(
          people.map(() => 8),
          0.2,
        ).intervals,
      },
      new Map(),
    );
    expect(wide.isEnough).toBe(false);
    expect(wide.text).toContain('20 people are not enough');
  });

  it('says nothing of others after one person', () => {
    const one = verdictOf(method([9]), new Map([['fair', method([5])]]));
    expect(one).toMatchObject({ comparison: 'no better than', interval: null, isEnough: false });
    expect(one.text).toContain('one person says nothing of others');
  });
});
