import { RandomForestClassifier } from 'ml-random-forest';
import { createRandom } from '../../random.js';
import type { FeatureClassifier, FeatureTask } from './baseline.js';
import { sampleWindows } from './sample-windows.js';

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
