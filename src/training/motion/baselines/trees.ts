import { RandomForestClassifier } from 'ml-random-forest';
import { createRandom, type Random } from '../../random.js';
import { type FeatureClassifier, type FeatureTask, sampleWindows } from './baseline.js';

const TREES = 150;

/** What a node knows: the classes of its rows, or how they are told apart. */
type TreeNode =
  | { readonly shares: readonly number[] }
  | {
      readonly feature: number;
      readonly threshold: number;
      readonly below: TreeNode;
      readonly above: TreeNode;
    };

interface Split {
  readonly feature: number;
  readonly threshold: number;
  readonly impurity: number;
}

/**
 * Extremely randomised trees (Geurts, Ernst and Wehenkel 2006): each split is the best of as many random cuts as the
 * square root of the features, and trees grow to the end. A class's probability is its mean share in the leaves.
 */
export const classifyByTrees: FeatureClassifier = (task) => {
  const result = new Float32Array(task.test.length * task.classes);
  const rows = Int32Array.from(task.train.keys());
  for (let tree = 0; tree < TREES; tree++) {
    const root = grow(task, rows, createRandom(task.seed, 100 + tree));
    task.test.forEach((row, index) => {
      sharesAt(root, row).forEach((share, at) => {
        const cell = index * task.classes + at;
        result[cell] = (result[cell] ?? 0) + share / TREES;
      });
    });
  }
  return Promise.resolve(result);
};

function grow(task: FeatureTask, rows: Int32Array, random: Random): TreeNode {
  const counts = new Array<number>(task.classes).fill(0);
  for (const row of rows) {
    const label = task.labels[row] ?? 0;
    counts[label] = (counts[label] ?? 0) + 1;
  }
  const leaf = { shares: counts.map((count) => count / rows.length) };
  if (counts.includes(rows.length)) return leaf;
  const split = bestSplit(task, rows, random);
  if (split === undefined) return leaf;
  const { feature, threshold } = split;
  const isBelow = (row: number): boolean => (task.train[row]?.[feature] ?? 0) < threshold;
  return {
    feature,
    threshold,
    below: grow(task, rows.filter(isBelow), random),
    above: grow(
      task,
      rows.filter((row) => !isBelow(row)),
      random,
    ),
  };
}

/** The best of some random cuts; `undefined` where no feature differs among the rows. */
function bestSplit(task: FeatureTask, rows: Int32Array, random: Random): Split | undefined {
  const width = task.train[0]?.length ?? 0;
  const features = Array.from({ length: width }, (_, feature) => feature);
  let wanted = Math.max(1, Math.round(Math.sqrt(width)));
  let best: Split | undefined;
  // Features are drawn without replacement; those that do not differ do not count.
  for (let left = width; left > 0 && wanted > 0; left--) {
    const at = random.below(left);
    const feature = features[at] ?? 0;
    features[at] = features[left - 1] ?? 0;
    const [low, high] = rangeOf(task, rows, feature);
    if (low === high) continue;
    wanted -= 1;
    // The lowest value lies below the threshold, the highest does not.
    const threshold = high - random.uniform() * (high - low);
    const impurity = impurityOf(task, rows, feature, threshold);
    if (threshold > low && (best === undefined || impurity < best.impurity)) {
      best = { feature, threshold, impurity };
    }
  }
  return best;
}

function rangeOf({ train }: FeatureTask, rows: Int32Array, feature: number): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    const value = train[row]?.[feature] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Gini impurity of the two sides, times their rows. */
function impurityOf(
  { train, labels, classes }: FeatureTask,
  rows: Int32Array,
  feature: number,
  threshold: number,
): number {
  const below = new Array<number>(classes).fill(0);
  const above = new Array<number>(classes).fill(0);
  for (const row of rows) {
    const side = (train[row]?.[feature] ?? 0) < threshold ? below : above;
    const label = labels[row] ?? 0;
    side[label] = (side[label] ?? 0) + 1;
  }
  return sideImpurity(below) + sideImpurity(above);
}

function sideImpurity(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 0;
  return total - counts.reduce((sum, count) => sum + count * count, 0) / total;
}

function sharesAt(root: TreeNode, row: Float64Array): readonly number[] {
  let node = root;
  while ('feature' in node) node = (row[node.feature] ?? 0) < node.threshold ? node.below : node.above;
  return node.shares;
}

/** Trees are grown in groups, each on a sample of the windows of its own. */
const GROUPS = 20;
const TREES_A_GROUP = 5;
/** The library looks at every split of every feature, which takes the square of the windows. */
const SAMPLE_WINDOWS = 400;
const FEATURE_SHARE = 0.15;

/** Random forest of 100 trees; a class's probability is the share of the trees that say it. */
export const classifyByForest: FeatureClassifier = (task) => {
  const votes = new Float32Array(task.test.length * task.classes);
  const rows = task.test.map((row) => [...row]);
  for (let group = 0; group < GROUPS; group++) {
    const forest = growGroup(task, group);
    forest
      .predictionValues(rows)
      .to2DArray()
      .forEach((labels, row) => {
        for (const label of labels) {
          const at = row * task.classes + label;
          votes[at] = (votes[at] ?? 0) + 1 / (GROUPS * TREES_A_GROUP);
        }
      });
  }
  return Promise.resolve(votes);
};

function growGroup(task: FeatureTask, group: number): RandomForestClassifier {
  const random = createRandom(task.seed, 50 + group);
  const { rows, labels } = sampleWindows(task, SAMPLE_WINDOWS, random);
  const forest = new RandomForestClassifier({
    seed: random.uint32() | 0,
    nEstimators: TREES_A_GROUP,
    maxFeatures: Math.max(1, Math.round(FEATURE_SHARE * (task.train[0]?.length ?? 1))),
    replacement: false,
    useSampleBagging: true,
    noOOB: true,
    treeOptions: { gainThreshold: 0 },
  });
  forest.train(
    rows.map((row) => [...row]),
    [...labels],
  );
  return forest;
}
