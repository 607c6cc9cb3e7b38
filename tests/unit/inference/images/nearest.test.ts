import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNearest } from '../../../../src/inference/images/similar-items.js';

function indexOf(rows: readonly (readonly number[])[]) {
  const items = rows.map((_, index) => ({ id: `${index}`, label: '' }));
  return { vectors: Float32Array.from(rows.flat()), dimensions: rows[0]?.length ?? 1, items };
}

describe(findNearest, () => {
  it('gives the nearest first, and no more than asked', async () => {
    const index = indexOf([
      [1, 0],
      [0, 1],
      [0.8, 0.6],
      [-1, 0],
    ]);
    const nearest = await findNearest(index, Float32Array.of(1, 0), 2);
    expect(nearest.map(({ item }) => item)).toEqual([0, 2]);
    expect(nearest[1]?.score).toBeCloseTo(0.8);
  });

  it('finds what sorting all scores finds, whatever the size', async () => {
    const row = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 5, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 40 }),
        row,
        fc.integer({ min: 1, max: 50 }),
        async (rows, query, top) => {
          const scores = rows
            .map((each) => each.reduce((sum, value, at) => sum + value * (query[at] ?? 0), 0))
            .sort((a, b) => b - a);
          const nearest = await findNearest(indexOf(rows), Float32Array.from(query), top);
          expect(nearest.map(({ score }) => score)).toEqual(scores.slice(0, top));
        },
      ),
    );
  });

  it('lets others have the thread while it looks through many', async () => {
    const dimensions = 1000;
    const items = Array.from({ length: 6001 }, (_, index) => ({ id: `${index}`, label: '' }));
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await findNearest(
      { vectors: new Float32Array(6001 * dimensions), dimensions, items },
      new Float32Array(dimensions),
      1,
    );
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});
