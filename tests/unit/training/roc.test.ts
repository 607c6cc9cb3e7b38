import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaUnderRoc, rank, rocCurve, rocCurves } from '../../../src/training/roc.js';

const windows = fc.array(fc.record({ score: fc.integer({ min: 0, max: 5 }), positive: fc.boolean() }), {
  minLength: 2,
  maxLength: 30,
});

describe('areaUnderRoc', () => {
  it('counts pairs in the right order, ties half', () => {
    expect(areaUnderRoc(rank([1, 2, 3, 4]), [false, false, true, true])).toBe(1);
    expect(areaUnderRoc(rank([1, 2, 2, 4]), [true, false, true, false])).toBe(0.125);
    expect(areaUnderRoc(rank([1, 2]), [true, true])).toBeNull();
  });

  it('takes a weight for as many copies', () => {
    fc.assert(
      fc.property(windows, fc.infiniteStream(fc.integer({ min: 0, max: 3 })), (rows, stream) => {
        const weights = rows.map(() => stream.next().value);
        const copies = rows.flatMap((row, at) => new Array(weights[at] ?? 0).fill(row));
        const weighted = areaUnderRoc(
          rank(rows.map(({ score }) => score)),
          rows.map(({ positive }) => positive),
          (at) => weights[at] ?? 0,
        );
        const copied = areaUnderRoc(
          rank(copies.map(({ score }) => score)),
          copies.map(({ positive }) => positive),
        );
        expect(weighted ?? -1).toBeCloseTo(copied ?? -1, 10);
      }),
    );
  });
});

describe('rocCurve', () => {
  it('has below it the area that pairs give, and ends in both corners', () => {
    fc.assert(
      fc.property(windows, (rows) => {
        const ranking = rank(rows.map(({ score }) => score));
        const isPositive = rows.map(({ positive }) => positive);
        const points = rocCurve(ranking, isPositive);
        const area = areaUnderRoc(ranking, isPositive);
        if (area === null) {
          expect(points).toEqual([]);
          return;
        }
        expect([points[0], points.at(-1)]).toEqual([
          [0, 0],
          [1, 1],
        ]);
        const below = points.reduce((sum, [x, y], at) => {
          const [lastX, lastY] = points[at - 1] ?? [0, 0];
          return sum + ((x - lastX) * (y + lastY)) / 2;
        }, 0);
        expect(below).toBeCloseTo(area, 10);
      }),
    );
  });
});

describe('rocCurves', () => {
  it('thins long curves and keeps their ends', () => {
    const truth = Array.from({ length: 5000 }, (_, row) => row % 2);
    const probabilities = truth.flatMap((_, row) => [1 - row / 5000, row / 5000]);
    const [curve = []] = rocCurves({ classes: ['no', 'yes'], truth, probabilities });
    expect(curve.length).toBeLessThan(250);
    expect([curve[0], curve.at(-1)]).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it('has one a class where there are more than two', () => {
    const truth = [0, 1, 2, 0, 1, 2];
    const probabilities = truth.flatMap((label) => [0, 1, 2].map((at) => (at === label ? 0.8 : 0.1)));
    expect(rocCurves({ classes: ['a', 'b', 'c'], truth, probabilities })).toHaveLength(3);
  });
});
