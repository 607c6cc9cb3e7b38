import { describe, expect, it } from 'vitest';
import {
  applySoftmaxHead,
  DEFAULT_HEAD_OPTIONS,
  type FeatureRows,
  trainSoftmaxHead,
} from '../../../../src/training/images/softmax-head.js';
import { createRandom } from '../../../../src/training/random.js';

const CENTRES = [
  [3, 100, 0],
  [-3, 100, 2],
  [0, 104, -2],
];
const OPTIONS = {
  ...DEFAULT_HEAD_OPTIONS,
  learningRate: 0.05,
  backend: 'cpu',
  link: 'softmax',
  classWeights: [1, 1, 1],
} as const;

/** Clouds of points around a centre a class. */
function clouds(count: number, seed: number): FeatureRows & { readonly truth: readonly number[] } {
  const random = createRandom(seed);
  const truth = Array.from({ length: count }, (_, row) => row % 3);
  const features = truth.flatMap((label) => (CENTRES[label] ?? []).map((centre) => centre + random.normal()));
  const labels = truth.flatMap((label) => [0, 1, 2].map((other) => (other === label ? 1 : 0)));
  return {
    count,
    features: Float32Array.from(features),
    width: 3,
    labels: Float32Array.from(labels),
    classes: 3,
    truth,
  };
}

describe('trainSoftmaxHead', () => {
  it('tells clouds of points apart that it has not seen, from features of any scale', async () => {
    const head = await trainSoftmaxHead(clouds(150, 1), clouds(60, 2), OPTIONS);
    const test = clouds(300, 3);
    const probabilities = applySoftmaxHead(head, test.features, test.count);
    const right = test.truth.filter((label, row) => {
      const own = probabilities.subarray(row * 3, row * 3 + 3);
      return own.indexOf(Math.max(...own)) === label;
    });
    expect(right.length / test.count).toBeGreaterThan(0.9);
    const [first = 0, second = 0, third = 0] = probabilities;
    expect(first + second + third).toBeCloseTo(1, 5);
  });

  it('stops where the validation rows stop getting better', async () => {
    const train = clouds(30, 1);
    const wrong = clouds(30, 2);
    const misleading = {
      ...wrong,
      labels: Float32Array.from(wrong.labels, (_, at) => wrong.labels[(at + 1) % 90] ?? 0),
    };
    const head = await trainSoftmaxHead(train, misleading, { ...OPTIONS, patienceSteps: 10 });
    expect(head.steps).toBeLessThan(20);
  });

  it('lets rare classes count more when told to', async () => {
    const all = clouds(300, 4);
    const rows = all.truth.flatMap((label, row) => (label !== 2 || row < 15 ? [row] : []));
    const train: FeatureRows = {
      ...all,
      count: rows.length,
      features: Float32Array.from(rows.flatMap((row) => [...all.features.subarray(row * 3, row * 3 + 3)])),
      labels: Float32Array.from(rows.flatMap((row) => [...all.labels.subarray(row * 3, row * 3 + 3)])),
    };
    const told = async (weight: number) => {
      const options = { ...OPTIONS, maxSteps: 20, classWeights: [1, 1, weight] };
      const head = await trainSoftmaxHead(train, clouds(90, 5), options);
      const probabilities = applySoftmaxHead(head, all.features, all.count);
      return all.truth.reduce((sum, _, row) => sum + (probabilities[row * 3 + 2] ?? 0), 0);
    };
    expect(await told(10)).toBeGreaterThan((await told(1)) * 1.2);
  });
});
