import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minimise, trainLabelHead } from '../../../../src/training/images/label-head.js';
import { averagePrecision } from '../../../../src/training/images/label-metrics.js';
import { headLogits } from '../../../../src/training/images/softmax-head.js';
import { createRandom } from '../../../../src/training/random.js';

/** Two of the features tell the labels, the others are noise. */
function rowsOf(count: number, seed: number) {
  const random = createRandom(seed);
  const width = 80;
  const labels = new Float32Array(count * 2);
  const features = Float32Array.from({ length: count * width }, (_, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    const value = random.between(-1, 1);
    if (column < 2) labels[row * 2 + column] = value > 0.4 ? 1 : 0;
    return column < 2 ? 50 + 9 * value : value;
  });
  return { count, width, classes: 2, features, labels };
}

describe('trainLabelHead', () => {
  it('tells labels of rows that it has not seen, from hardly more rows than features', async () => {
    const head = await trainLabelHead(rowsOf(100, 1), new AbortController().signal);
    const { features, labels, count } = rowsOf(200, 2);
    const logits = headLogits(head, features, count);
    for (const label of [0, 1]) {
      const column = (values: Float32Array) => [...values].filter((_, at) => at % 2 === label);
      expect(averagePrecision(column(labels), column(logits))).toBeGreaterThan(0.6);
    }
  });

  it('says how frequent a label is where features tell nothing', async () => {
    const labels = Float32Array.from({ length: 40 }, (_, at) => (at % 4 === 0 ? 1 : 0));
    const rows = { count: 40, width: 3, classes: 1, features: new Float32Array(120).fill(7), labels };
    const head = await trainLabelHead(rows, new AbortController().signal);
    const [logit = 0] = headLogits(head, Float32Array.of(7, 7, 7), 1);
    expect(1 / (1 + Math.exp(-logit))).toBeCloseTo(0.25, 1);
  });

  it('stops when it is told to', async () => {
    await expect(trainLabelHead(rowsOf(20, 1), AbortSignal.abort())).rejects.toThrow('aborted');
  });
});

describe('minimise', () => {
  it('finds the bottom of any bowl, however steep some of its sides are', async () => {
    const numbers = (from: number, to: number) =>
      fc.array(fc.double({ min: from, max: to, noNaN: true }), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(numbers(-3, 3), numbers(0.2, 20), async (bottom, steepness) => {
        const slopeAt = (point: Float32Array) => {
          const errors = point.map((value, at) => value - (bottom[at] ?? 0));
          const gradient = errors.map((error, at) => error * (steepness[at] ?? 0));
          const value = errors.reduce((sum, error, at) => sum + (error * (gradient[at] ?? 0)) / 2, 0);
          return Promise.resolve({ value, gradient });
        };
        const found = await minimise(slopeAt, new Float32Array(4), 60);
        found.forEach((value, at) => {
          expect(value).toBeCloseTo(bottom[at] ?? 0, 1);
        });
      }),
    );
  });

  it('follows a curved valley, and never ends higher than it began', async () => {
    const slopeAt = ([x = 0, y = 0]: Float32Array) =>
      Promise.resolve({
        value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
        gradient: Float32Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
      });
    const found = await minimise(slopeAt, Float32Array.of(-1.2, 1), 100);
    expect((await slopeAt(found)).value).toBeLessThan(1e-3);
    const start = Float32Array.of(1, 1);
    expect(await minimise(slopeAt, start, 5)).toEqual(start);
  });
});
