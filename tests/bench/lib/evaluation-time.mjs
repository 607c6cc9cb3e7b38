// What the training steps of a leave-one-subject-out evaluation of a data set take: as many folds as run at a time are
// trained for some steps, as in `train accompany`, and their pace is taken for all steps.
import { runFolds } from '../../../build/training/motion/folds/fold-pool.js';
import { splitsOf } from '../../../build/training/motion/folds/protocols.js';
import { epochsOf, hyperParametersSchema } from '../../../build/training/motion/network/hyper-parameters.js';
import { dataSetOf, recordingsIn } from './training-data.mjs';

/** Steps each fold is trained for; the first and the last of all are not counted. */
const STEPS = 10;

/** @param {string} path folder of recordings @param {readonly [string, object][]} settings named hyper-parameters */
export async function evaluationTimes(path, settings, workers) {
  const choice = await recordingsIn(path);
  if (choice === undefined) return [];
  const results = [];
  for (const [name, chosen] of settings) {
    const hyper = hyperParametersSchema.parse(chosen);
    const dataSet = dataSetOf(choice, hyper, [
      'conversation',
      ...(hyper.activityWeight > 0 ? ['activity'] : []),
    ]);
    results.push({ name, ...(await estimate(dataSet, hyper, workers)) });
  }
  return results;
}

async function estimate(dataSet, hyper, workers) {
  const folds = splitsOf(dataSet, 'loso', { folds: 2, testShare: 0.25, seed: 1 });
  const epochs = epochsOf(hyper, dataSet.count);
  const stepsPerMs = await rateOf(dataSet, hyper, folds.slice(0, workers));
  const steps = folds.reduce((sum, { train }) => sum + Math.ceil(train.length / hyper.batchSize) * epochs, 0);
  return {
    windows: dataSet.count,
    folds: folds.length,
    epochs,
    steps,
    stepMs: Math.round(Math.min(workers, folds.length) / stepsPerMs),
    minutes: Number((steps / stepsPerMs / 60_000).toFixed(1)),
  };
}

/** Steps a millisecond of some folds together, while all of them are trained at the same time. */
async function rateOf(dataSet, hyper, folds) {
  const toldMs = [];
  const requests = folds.map((fold) => ({
    dataSet,
    fold: { ...fold, train: fold.train.slice(0, STEPS * hyper.batchSize), test: fold.test.slice(0, 1) },
    targets: ['conversation'],
    hyper: { ...hyper, epochs: 1 },
  }));
  await runFolds(requests, {
    engine: 'onnx',
    workers: folds.length,
    signal: new AbortController().signal,
    onProgress: () => void toldMs.push(performance.now()),
  });
  const counted = toldMs.slice(folds.length, folds.length * (STEPS - 1));
  return (counted.length - 1) / (counted.at(-1) - counted[0]);
}
