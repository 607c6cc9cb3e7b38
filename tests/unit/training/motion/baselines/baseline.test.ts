import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleWindows } from '../../../../../src/training/motion/baselines/baseline.js';
import { createRandom } from '../../../../../src/training/random.js';

const taskOf = (count: number) => ({
  train: Array.from({ length: count }, (_, index) => Float64Array.of(index)),
  labels: Array.from({ length: count }, (_, index) => index % 3),
});

describe(sampleWindows, () => {
  it('gives all, in their order, where there are no more than asked for', () => {
    const task = taskOf(10);
    expect(sampleWindows(task, 10, createRandom(1))).toEqual({ rows: task.train, labels: task.labels });
  });

  it('gives as many as asked for, none twice, each with its class', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.integer(), (count, seed) => {
        const { rows, labels } = sampleWindows(taskOf(count), count >> 1, createRandom(seed));
        const numbers = rows.map(([number]) => number ?? -1);
        expect(new Set(numbers).size).toBe(count >> 1);
        expect(labels).toEqual(numbers.map((number) => number % 3));
      }),
    );
  });
});
