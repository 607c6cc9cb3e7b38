import { describe, expect, it } from 'vitest';
import { trainLabelHead } from '../../../../src/training/images/label-head.js';
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
