// Speed of a training step: ONNX Runtime against tf.layers, on the same weights and the same batch, one thread.
// Then what a leave-one-subject-out evaluation of casale-chest takes on this machine, where ../shared/data is.
//   node tests/bench/training.mjs [--batch 128] [--steps 128] [--channels 9] [--repeat 5] [--reference 1] [--json]
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLayersEngine } from '../../build/training/motion/network/layers-engine.js';
import { initialParameters, parameterSpecs, viewOf } from '../../build/training/motion/network/network.js';
import { createOnnxEngine } from '../../build/training/motion/network/onnx-engine.js';
import { createRandom } from '../../build/training/random.js';
import { evaluationTimes } from './lib/evaluation-time.mjs';

const { values: flags } = parseArgs({
  options: {
    batch: { type: 'string', default: '128' },
    steps: { type: 'string', default: '128' },
    channels: { type: 'string', default: '9' },
    repeat: { type: 'string', default: '5' },
    reference: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const batchSize = Number(flags.batch);
const spec = {
  sizeSamples: Number(flags.steps),
  channels: Number(flags.channels),
  convolutions: 3,
  filters: 64,
  kernelSamples: 5,
  lstmLayers: 2,
  cells: 128,
  heads: ['accompanied', 'conversation'].map((name) => ({ name, classes: ['no', 'yes'] })),
};
const random = createRandom(1);
const parameters = initialParameters(spec, { initialStd: 0.1, forgetBias: 0 }, random);
const batch = {
  windows: Float32Array.from({ length: batchSize * spec.sizeSamples * spec.channels }, () => random.normal()),
  labels: new Map(
    spec.heads.map(({ name }) => [
      name,
      Float32Array.from({ length: batchSize * 2 }, (_, at) =>
        at % 4 === 0 || at % 4 === 3 ? 1 / batchSize : 0,
      ),
    ]),
  ),
  dropout: Float32Array.from({ length: spec.sizeSamples * batchSize * spec.filters }, () =>
    random.uniform() < 0.5 ? 0 : 2,
  ),
};
const options = { spec, batchSize, dropout: true, frozen: [], threads: 1 };

async function measure(createEngine, repeat, warmUp) {
  const engine = await createEngine(options);
  for (let run = 0; run < warmUp; run++) await engine.step(batch, parameters);
  const times = [];
  let result;
  for (let run = 0; run < repeat; run++) {
    const started = performance.now();
    result = await engine.step(batch, parameters);
    times.push(performance.now() - started);
  }
  await engine[Symbol.asyncDispose]();
  times.sort((a, b) => a - b);
  return {
    name: engine.name,
    stepMs: times[Math.floor(times.length / 2)],
    loss: result.loss,
    gradients: result.gradients.slice(),
  };
}

const fast = await measure(createOnnxEngine, Number(flags.repeat), 2);
const reference = await measure((all) => createLayersEngine(all, 'wasm'), Number(flags.reference), 0);
const differences = parameterSpecs(spec).map((parameter) => {
  const expected = viewOf(reference.gradients, parameter);
  return viewOf(fast.gradients, parameter).reduce(
    (most, value, at) => Math.max(most, Math.abs(value - expected[at])),
    0,
  );
});
const workers = availableParallelism();
const evaluations = await evaluationTimes(
  join(import.meta.dirname, '../../../shared/data/casale-chest'),
  [
    ['the paper’s settings', {}],
    ['settings of conversation-casale', studySettings()],
  ],
  workers,
);
const report = {
  batchSize,
  sizeSamples: spec.sizeSamples,
  channels: spec.channels,
  engines: [fast, reference].map(({ name, stepMs }) => ({ name, stepMs: Math.round(stepMs) })),
  timesFaster: Number((reference.stepMs / fast.stepMs).toFixed(1)),
  largestGradientDifference: Math.max(...differences),
  lossDifference: Math.abs(fast.loss - reference.loss),
  workers,
  evaluations,
};
if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else {
  process.stdout.write(
    `A training step of ${batchSize} windows of ${spec.sizeSamples} x ${spec.channels}, one thread:\n`,
  );
  for (const { name, stepMs } of report.engines) process.stdout.write(`  ${name.padEnd(14)} ${stepMs} ms\n`);
  process.stdout.write(
    `  ${report.timesFaster} times faster; gradients differ by at most ${report.largestGradientDifference.toExponential(1)}\n`,
  );
  for (const { name, windows, folds, epochs, stepMs, minutes } of report.evaluations) {
    process.stdout.write(
      `  casale-chest, leave-one-subject-out, ${name}: ${folds} folds of ${epochs} epochs over ${windows} windows, ` +
        `${stepMs} ms a step with ${workers} folds at a time: ${minutes} minutes\n`,
    );
  }
}

/** What the model of the study was trained with. */
function studySettings() {
  const manifest = JSON.parse(
    readFileSync(join(import.meta.dirname, 'models/conversation-casale/manifest.json'), 'utf8'),
  );
  const settings = [...manifest.provenance.command.matchAll(/--set hyper\.(\w+)=(\S+)/g)];
  return Object.fromEntries(
    settings.map(([, name, value]) => [name, Number.isNaN(Number(value)) ? value : Number(value)]),
  );
}
