import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toLabels, toUnitLength } from '../../../../src/inference/images/image-labels.js';

const MODEL = { name: 'm', classes: ['a', 'b', 'c'], scores: 'probabilities' as const };

describe(toLabels, () => {
  it('names the scores, the highest first', () => {
    expect(toLabels(Float32Array.of(0.25, 0.5, 0.25), MODEL).map(({ label }) => label)).toEqual([
      'b',
      'a',
      'c',
    ]);
  });

  it('makes probabilities of logits', () => {
    const [first, second] = toLabels(Float32Array.of(0, Math.log(3), -100), { ...MODEL, scores: 'logits' });
    expect(first?.probability).toBeCloseTo(0.75, 5);
    expect(second?.probability).toBeCloseTo(0.25, 5);
  });

  it('gives probabilities that add up to 1, whatever the logits', () => {
    const logits = fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(logits, (values) => {
        const labels = toLabels(Float32Array.from(values), { ...MODEL, scores: 'logits' });
        expect(labels.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 4);
      }),
    );
  });

  it('refuses what is no number', () => {
    expect(() => toLabels(Float32Array.of(0, Number.NaN, 1), MODEL)).toThrow('no numbers');
  });
});

describe(toUnitLength, () => {
  it('keeps the direction', () => {
    expect([...toUnitLength(Float32Array.of(3, 4))]).toEqual([0.6, 0.8].map(Math.fround));
  });

  it('leaves zeros alone', () => {
    expect([...toUnitLength(new Float32Array(2))]).toEqual([0, 0]);
  });
});
