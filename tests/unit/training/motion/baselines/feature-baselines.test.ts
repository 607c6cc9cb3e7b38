import { describe, expect, it } from 'vitest';
import type {
  FeatureClassifier,
  FeatureTask,
} from '../../../../../src/training/motion/baselines/baseline.js';
import { runFeatureBaseline } from '../../../../../src/training/motion/baselines/feature-baseline.js';
import { classifyByLinear } from '../../../../../src/training/motion/baselines/linear.js';
import { classifyBySvm } from '../../../../../src/training/motion/baselines/svm.js';
import { classifyByForest, classifyByTrees } from '../../../../../src/training/motion/baselines/trees.js';
import { scoreWindows } from '../../../../../src/training/motion/folds/cross-validate.js';
import { splitsOf } from '../../../../../src/training/motion/folds/protocols.js';
import { createRandom } from '../../../../../src/training/random.js';
import { toyDataSet } from '../../../../helpers/data-sets.js';

const classifiers: readonly [string, FeatureClassifier][] = [
  ['SVM', classifyBySvm],
  ['random forest', classifyByForest],
  ['linear model', classifyByLinear],
  ['randomised trees', classifyByTrees],
];

/** Three clouds around the corners of a triangle; classes occur in the order 2, 0, 1. */
function clouds(): FeatureTask {
  const random = createRandom(3);
  const labels = Array.from({ length: 90 }, (_, row) => (row + 2) % 3);
  const around = (label: number): Float64Array =>
    Float64Array.of(
      Math.cos(label * 2.1) + random.normal() * 0.1,
      Math.sin(label * 2.1) + random.normal() * 0.1,
    );
  return { train: labels.map(around), labels, classes: 3, test: [0, 1, 2, 0].map(around), seed: 1 };
}

describe.each(classifiers)('%s', (_, classify) => {
  it('gives probabilities by class number, whatever class came first', async () => {
    const probabilities = await classify(clouds());
    const rows = [0, 1, 2, 3].map((row) => [...probabilities.subarray(row * 3, row * 3 + 3)]);
    expect(rows.map((row) => row.indexOf(Math.max(...row)))).toEqual([0, 1, 2, 0]);
    for (const row of rows) expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });

  it('says the same of the same seed', async () => {
    expect(await classify(clouds())).toEqual(await classify(clouds()));
  });

  it('tells windows of a subject it was not trained on', async () => {
    const dataSet = toyDataSet({ subjects: 4, windowsEach: 60, sizeSamples: 32 });
    const [fold] = splitsOf(dataSet, 'loso', { folds: 2, testShare: 0.25, seed: 1 });
    if (fold === undefined) throw new Error('no fold');
    const hyper = { centre: 'none', compression: 0, seed: 1 } as const;
    const probabilities = await runFeatureBaseline(classify, dataSet, fold, ['conversation'], hyper);
    const told = probabilities.get('conversation') ?? new Float32Array();
    expect(scoreWindows(dataSet, 'conversation', fold.test, told).balancedAccuracy).toBeGreaterThan(0.9);
  });
});

describe('runFeatureBaseline', () => {
  const dataSet = toyDataSet({ subjects: 2, windowsEach: 20 });
  const labels = dataSet.labels.get('conversation') ?? new Int8Array();
  const [fold] = splitsOf(dataSet, 'loso', { folds: 2, testShare: 0.5, seed: 1 });

  async function taskWith(changed: Int8Array): Promise<FeatureTask | undefined> {
    let seen: FeatureTask | undefined;
    const spy: FeatureClassifier = (task) => {
      seen = task;
      return Promise.resolve(new Float32Array(task.test.length * task.classes));
    };
    const other = { ...dataSet, labels: new Map([['conversation', changed]]) };
    if (fold === undefined) throw new Error('no fold');
    const hyper = { centre: 'none', compression: 0, seed: 1 } as const;
    await runFeatureBaseline(spy, other, fold, ['conversation'], hyper);
    return seen;
  }

  it('learns from windows with a label only, and scales features by the training windows', async () => {
    const task = await taskWith(labels.map((label, index) => (index % 2 === 0 ? -1 : label)));
    expect(task?.train).toHaveLength(10);
    expect(task?.test).toHaveLength(20);
    const all = await taskWith(labels);
    const means = all?.train[0]?.map((_, column) =>
      all.train.reduce((sum, row) => sum + (row[column] ?? 0) / all.train.length, 0),
    );
    expect(Math.max(...(means ?? [1]).map(Math.abs))).toBeLessThan(1e-9);
  });

  it('does not ask a classifier where the training windows have one class only', async () => {
    const single = labels.map((label, index) => (fold?.train.includes(index) ? 1 : label));
    expect(await taskWith(single)).toBeUndefined();
  });
});
