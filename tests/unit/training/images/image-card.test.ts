import { describe, expect, it } from 'vitest';
import { guessFigures, withinWords } from '../../../../src/training/images/image-card.js';
import { measureNeighbours } from '../../../../src/training/images/measure-folds.js';

describe('guessFigures', () => {
  it('counts classes among the first three, and accuracy within each group', () => {
    const guesses = Float32Array.of(
      0.4,
      0.3,
      0.2,
      0.1,
      0.4,
      0.3,
      0.2,
      0.1,
      0.1,
      0.2,
      0.3,
      0.4,
      0.1,
      0.2,
      0.3,
      0.4,
    );
    expect(guessFigures([0, 3, 3, 2], guesses, ['shoes', 'shirts', 'shirts', undefined])).toEqual({
      topThree: 0.75,
      within: { shirts: { images: 2, accuracy: 0.5 }, shoes: { images: 1, accuracy: 1 } },
    });
  });
});

describe(withinWords, () => {
  it('names a few groups, and says the mean over many', () => {
    const groups = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`sender-${at}`, { images: 1, accuracy: at % 2 }]),
      );
    expect(withinWords(groups(2))).toEqual(['within sender-0 0.000', 'within sender-1 1.000']);
    expect(withinWords(groups(86))).toEqual(['mean over 86 groups 0.500']);
  });
});

describe('measureNeighbours', () => {
  it('tells an image by those that are nearest, never by itself', async () => {
    const directions = [0, 0.05, 0.1, 0.15, 1.2, 1.25, 1.3, 1.35];
    const labels = [0, 0, 0, 1, 1, 1, 1, 0];
    const { folds, guesses } = await measureNeighbours({
      classes: ['a', 'b'],
      rows: {
        labels,
        classes: 2,
        passes: [
          Float32Array.from(directions.flatMap((angle) => [5 * Math.cos(angle), 5 * Math.sin(angle)])),
        ],
      },
      folds: 8,
      classWeights: [1, 1],
      seed: 1,
      signal: new AbortController().signal,
      onFold: () => undefined,
    });
    const told = labels.map((_, image) => ((guesses[2 * image] ?? 0) > 0.5 ? 0 : 1));
    expect(told).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(folds).toHaveLength(8);
  });
});
