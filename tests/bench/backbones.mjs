// What training an image model costs: features of a frozen backbone and a step of fine-tuning, per image, one thread.
// The backbones are that of models/apparel and a GoogLeNet with random weights.
//   node tests/bench/backbones.mjs [--batch 16] [--repeat 3] [--json]
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createFineTuneEngine } from '../../build/training/images/fine-tune-engine.js';
import { createTensorReader } from '../../build/training/images/tensor-rows.js';
import { chooseCut } from '../../build/training/images/tune-backbone.js';
import { initialWeights, takeUpperPart } from '../../build/training/images/upper-part.js';
import { decodeModel } from '../../build/training/onnx/decode-model.js';
import { createRandom } from '../../build/training/random.js';

register('../../scripts/typescript-hooks.mjs', import.meta.url);
const { buildGoogLeNet } = await import('../helpers/googlenet.ts');

const { values: flags } = parseArgs({
  options: {
    batch: { type: 'string', default: '16' },
    repeat: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const batchSize = Number(flags.batch);
const CLASSES = 10;
const random = createRandom(1);
const feeding = {
  licence: '',
  origin: '',
  file: '',
  layout: 'nchw',
  channelOrder: 'rgb',
  std: [127.5, 127.5, 127.5],
};
const common = { ...feeding, widthPixels: 224, heightPixels: 224, mean: [127.5, 127.5, 127.5] };
const folder = join(import.meta.dirname, '../../models/apparel');
const apparel = widened(decodeModel(readFileSync(join(folder, 'model.onnx'))));
const googlenet = buildGoogLeNet();
googlenet.graph.inputs[0].dims = ['batch', 3, 224, 224];
const pooled = googlenet.graph.nodes.find(({ opType }) => opType === 'AveragePool').outputs[0];
const backbones = [
  { model: apparel, spec: { ...common, name: 'MobileNetV2', input: 'image', feature: 'features' } },
  { model: googlenet, spec: { ...common, name: 'GoogLeNet', input: 'data_0', feature: pooled } },
];

/** Half-precision weights as the constants they were before the model was written. */
function widened(model) {
  const features = model.graph.nodes.findIndex(({ opType }) => opType === 'GlobalAveragePool');
  const halves = new Map(
    model.graph.nodes
      .filter(({ opType }) => opType === 'Cast')
      .map(({ inputs, outputs }) => [outputs[0], inputs[0]]),
  );
  const initialisers = new Map(model.graph.initialisers);
  for (const [name, half] of halves) {
    const { dims, data } = model.graph.initialisers.get(half);
    initialisers.set(name, {
      type: 'float32',
      dims,
      data: Float32Array.from(data, () => random.normal() * 0.05),
    });
  }
  const pooledName = model.graph.nodes[features].outputs[0];
  const flat = {
    opType: 'Flatten',
    inputs: [pooledName],
    outputs: ['features'],
    attributes: { axis: { int: 1 } },
  };
  const nodes = model.graph.nodes.slice(0, features + 1).filter(({ opType }) => opType !== 'Cast');
  return { ...model, graph: { ...model.graph, nodes: [...nodes, flat], initialisers } };
}

async function measure(run) {
  await run();
  const times = [];
  const before = process.cpuUsage();
  for (let round = 0; round < Number(flags.repeat); round++) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  return {
    wallMs: Number((times[Math.floor(times.length / 2)] / batchSize).toFixed(2)),
    cpuMs: Number(((user + system) / 1000 / Number(flags.repeat) / batchSize).toFixed(2)),
  };
}

const results = [];
for (const backbone of backbones) {
  const { spec, model } = backbone;
  const pictures = Array.from({ length: batchSize }, () => ({
    widthPixels: 224,
    heightPixels: 224,
    data: Uint8Array.from({ length: 224 * 224 * 3 }, () => random.below(256)),
  }));
  const features = await createTensorReader(backbone, spec.feature, 1);
  const cut = chooseCut(backbone);
  const lower = await createTensorReader(backbone, cut, 1);
  const { dims, data } = await lower.read(pictures);
  const part = takeUpperPart(model, spec.feature, cut, dims);
  const shape = { part, batchSize, classes: CLASSES, teacherFeatures: 0, teacherWeight: 0 };
  const engine = await createFineTuneEngine(shape, 1);
  const last = engine.parameters.at(-1);
  const weights = new Float32Array(last.offset + last.length);
  weights.set(initialWeights(part));
  const labels = new Float32Array(batchSize * CLASSES).fill(1 / CLASSES);
  results.push({
    backbone: spec.name,
    cut,
    trainedWeights: weights.length,
    features: await measure(() => features.read(pictures)),
    fineTuneStep: await measure(() =>
      engine.step({ activations: data, labels, teacher: undefined }, weights),
    ),
  });
  for (const part of [features, lower, engine]) await part[Symbol.asyncDispose]();
}
if (flags.json) process.stdout.write(`${JSON.stringify({ batchSize, results })}\n`);
else {
  for (const { backbone, cut, trainedWeights, features, fineTuneStep } of results) {
    process.stdout.write(
      `${backbone}: features ${features.wallMs} ms an image (${features.cpuMs} of processor time), ` +
        `fine-tuning above ${cut} (${trainedWeights} weights) ${fineTuneStep.wallMs} ms (${fineTuneStep.cpuMs})\n`,
    );
  }
}
