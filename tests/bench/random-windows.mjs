// What the network reaches when windows are split at random, as figures like the paper's 98.8 % come about: neighbouring windows
// overlap, so nearly all of a test window was trained on. Settings fit the same minutes rather than new people: windows close to
// one another, no augmentation. Needs ../shared/data beside the repository; takes some twenty minutes on two cores.
//   npm run bench -- random-windows [--epochs 15] [--stride 8] [--folds 4] [--json]
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { figuresOf } from '../../build/training/motion/folds/cross-validate.js';
import { runFolds } from '../../build/training/motion/folds/fold-pool.js';
import { splitsOf } from '../../build/training/motion/folds/protocols.js';
import { hyperParametersSchema } from '../../build/training/motion/network/hyper-parameters.js';
import { dataSetOf, recordingsIn } from './lib/training-data.mjs';

const { values: flags } = parseArgs({
  options: {
    epochs: { type: 'string', default: '15' },
    stride: { type: 'string', default: '8' },
    folds: { type: 'string', default: '4' },
    json: { type: 'boolean', default: false },
  },
});
const TARGET = 'conversation';
const hyper = hyperParametersSchema.parse({
  samplingRateHz: 3.25,
  strideSamples: Number(flags.stride),
  epochs: Number(flags.epochs),
  centre: 'window',
  compression: 0.1,
  readout: 'mean',
  forgetBias: 1,
  dropout: 0.1,
  batchSize: 32,
  learningRate: 0.002,
  gradientClip: 1,
  weightAveraging: 0.98,
});

const beganMs = performance.now();
const path = join(import.meta.dirname, '../../../shared/data/casale-chest');
const choice = await recordingsIn(path);
if (choice === undefined) {
  console.error(
    `Not run: there is no ${path}. It holds the recordings of shared/data; put them beside the repository.`,
  );
  process.exit(2);
}
const dataSet = dataSetOf(choice, hyper, [TARGET]);
const folds = splitsOf(dataSet, 'random', { folds: Number(flags.folds), testShare: 0.25, seed: hyper.seed });
const results = await runFolds(
  folds.map((fold) => ({ dataSet, fold, targets: [TARGET], hyper, method: 'network' })),
  {
    engine: 'onnx',
    workers: cpus().length,
    signal: new AbortController().signal,
    onProgress: (done) => process.stderr.write(`\r${Math.round(100 * done)} %`),
  },
);
process.stderr.write('\n');
const { pooled } = figuresOf(dataSet, TARGET, folds, results);
const { accuracy, balancedAccuracy, macroF1 } = pooled;
const minutes = Number(((performance.now() - beganMs) / 60_000).toFixed(1));
const figures = { windows: dataSet.count, folds: folds.length, epochs: hyper.epochs, minutes };
console.log(
  `casale-chest, random windows (leaky): accuracy ${accuracy.toFixed(4)}, balanced ${balancedAccuracy.toFixed(4)}, ` +
    `macro F1 ${macroF1.toFixed(4)}; ${figures.windows} windows, ${figures.folds} folds of ${figures.epochs} epochs, ${minutes} minutes`,
);
if (flags.json) console.log(JSON.stringify({ ...figures, accuracy, balancedAccuracy, macroF1 }));
