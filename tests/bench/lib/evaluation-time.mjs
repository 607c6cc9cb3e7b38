// What a leave-one-subject-out evaluation of a data set takes: folds run as in `train accompany`, two short ones of
// different length, so that starting a fold and a step of training can be told apart.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadTrainingRecordings } from '../../../dist/cli/training-recordings.js';
import { trainingWindows } from '../../../dist/cli/training-windows.js';
import { buildDataSet } from '../../../dist/training/data-set.js';
import { runFolds } from '../../../dist/training/fold-pool.js';
import { hyperParametersSchema } from '../../../dist/training/hyper-parameters.js';
import { splitsOf } from '../../../dist/training/protocols.js';
import { selectChannels } from '../../../dist/training/select-channels.js';

const SHORT_STEPS = 2;
const LONG_STEPS = 8;

/** @param {string} path folder of recordings @param {readonly [string, object][]} settings named hyper-parameters */
export async function evaluationTimes(path, settings, workers) {
  if (!existsSync(join(path, 'dataset.json'))) return [];
  const { recordings, nameOf } = await loadTrainingRecordings(path);
  const choice = selectChannels(recordings, { nameOf });
  const results = [];
  for (const [name, chosen] of settings) {
    const hyper = hyperParametersSchema.parse(chosen);
    const heads = [{ name: 'conversation' }, ...(hyper.activityWeight > 0 ? [{ name: 'activity' }] : [])];
    const { dataSet } = buildDataSet(choice.usable, trainingWindows({ ...choice, ...hyper }), {
      ...choice,
      ...hyper,
      heads,
    });
    results.push({ name, ...(await estimate(dataSet, hyper, workers)) });
  }
  return results;
}

async function estimate(dataSet, hyper, workers) {
  const folds = splitsOf(dataSet, 'loso', { folds: 2, testShare: 0.25, seed: 1 });
  const short = await timed(dataSet, hyper, folds, workers, SHORT_STEPS);
  const long = await timed(dataSet, hyper, folds, workers, LONG_STEPS);
  const stepMs = (long - short) / (LONG_STEPS - SHORT_STEPS);
  const startMs = short - SHORT_STEPS * stepMs;
  const steps = folds.reduce(
    (sum, { train }) => sum + Math.ceil(train.length / hyper.batchSize) * hyper.epochs,
    0,
  );
  return {
    windows: dataSet.count,
    folds: folds.length,
    epochs: hyper.epochs,
    stepMs: Math.round(stepMs),
    minutes: Number(((startMs * folds.length + stepMs * steps) / workers / 60_000).toFixed(1)),
  };
}

/** Milliseconds until one fold a worker is trained for some steps and has told its test windows, all at once. */
async function timed(dataSet, hyper, folds, workers, steps) {
  const requests = folds.slice(0, workers).map((fold) => ({
    dataSet,
    fold: { ...fold, train: fold.train.slice(0, steps * hyper.batchSize) },
    targets: ['conversation'],
    hyper: { ...hyper, epochs: 1 },
  }));
  const started = performance.now();
  await runFolds(requests, {
    engine: 'onnx',
    workers,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  return performance.now() - started;
}
