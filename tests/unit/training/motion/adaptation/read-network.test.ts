import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readModelFolder } from '../../../../../src/inference/models/model-folder.js';
import { readNetwork } from '../../../../../src/training/motion/adaptation/read-network.js';
import { buildInferenceModel } from '../../../../../src/training/motion/network/inference-graph.js';
import { decodeModel } from '../../../../../src/training/onnx/decode-model.js';
import { encodeModel } from '../../../../../src/training/onnx/encode-model.js';
import type { OnnxModel, OnnxTensor } from '../../../../../src/training/onnx/model.js';
import { randomNormal, randomParameters, smallNetwork } from '../../../../helpers/networks.js';
import { loadOnnx } from '../../../../helpers/run-onnx.js';

const networks = fc.record({
  sizeSamples: fc.constantFrom(8, 12, 16, 20),
  poolSamples: fc.constantFrom(1, 2, 4),
  channels: fc.constantFrom(3, 6, 9),
  convolutions: fc.integer({ min: 1, max: 4 }),
  filters: fc.integer({ min: 1, max: 6 }),
  kernelSamples: fc.constantFrom(1, 3, 5, 9),
  lstmLayers: fc.integer({ min: 1, max: 3 }),
  cells: fc.integer({ min: 1, max: 7 }),
  readout: fc.constantFrom<'last' | 'mean'>('last', 'mean'),
});
const spectra = fc.option(
  fc.record({ segmentSamples: fc.constantFrom(4, 7, 8), units: fc.integer({ min: 1, max: 5 }) }),
  { nil: undefined },
);

function exported(spec = smallNetwork(), parameters = randomParameters(spec, 3)): OnnxModel {
  return decodeModel(
    encodeModel(
      buildInferenceModel(
        spec,
        parameters,
        spec.heads.map(({ name }) => name),
      ),
    ),
  );
}

function changed(model: OnnxModel, tensors: Readonly<Record<string, OnnxTensor | undefined>>): OnnxModel {
  const initialisers = new Map(model.graph.initialisers);
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor === undefined) initialisers.delete(name);
    else initialisers.set(name, tensor);
  }
  return { ...model, graph: { ...model.graph, initialisers } };
}

describe('readNetwork', () => {
  it('gives back every network that was exported, weight by weight', () => {
    fc.assert(
      fc.property(networks, spectra, fc.integer(), (shape, branch, seed) => {
        const spec = smallNetwork({ ...shape, ...(branch && { spectra: branch }) });
        const parameters = randomParameters(spec, seed >>> 0);
        const { sizeSamples, channels, heads } = spec;
        const read = readNetwork(exported(spec, parameters), { sizeSamples, channels, heads });
        expect(read.spec).toEqual(spec);
        expect(read.parameters).toEqual(parameters);
      }),
      { numRuns: 40 },
    );
  });

  it.each(['models/accompany-demo', 'tests/bench/models/conversation-casale'])('reads %s', async (path) => {
    const { manifest, files } = await readModelFolder(path);
    if (manifest.kind !== 'sequence') throw new Error(`${path} is no sequence model`);
    const model = decodeModel(files.get(manifest.file) ?? new Uint8Array());
    const { sizeSamples, channels, targets } = manifest;
    const { spec, parameters } = readNetwork(model, {
      sizeSamples,
      channels: channels.length,
      heads: targets.map(({ name: head, classes }) => ({ name: head, classes })),
    });
    expect(spec).toMatchObject({ lstmLayers: 2, cells: 128, filters: 64 });
    expect(exported(spec, parameters).graph).toEqual(model.graph);
  });

  it('reads networks without convolutions', () => {
    const spec = smallNetwork({ convolutions: 0 });
    const parameters = randomParameters(spec, 5);
    expect(readNetwork(exported(spec, parameters), spec).parameters).toEqual(parameters);
  });

  it('gives a network that answers alike', async () => {
    const model = exported();
    const read = readNetwork(model, smallNetwork());
    const window = { dims: [5, 12, 3], data: randomNormal(5 * 12 * 3, 4) };
    await using before = await loadOnnx(model);
    await using after = await loadOnnx(exported(read.spec, read.parameters));
    const answers = await before.run({ window });
    expect(await after.run({ window })).toEqual(answers);
    expect(new Set(answers['conversation']?.data).size).toBeGreaterThan(5);
  });

  it('adds up the two biases that an LSTM of ONNX has', () => {
    const spec = smallNetwork({ lstmLayers: 1 });
    const model = exported(spec);
    const length = 4 * spec.cells;
    const data = new Float32Array(2 * length).fill(0.25);
    const both = changed(model, { 'lstm1.bias': { type: 'float32', dims: [1, 2 * length], data } });
    const { parameters } = readNetwork(both, spec);
    const end = parameters.length - 2 * (2 * spec.cells + 2);
    expect(parameters.subarray(end - length, end)).toEqual(new Float32Array(length).fill(0.5));
  });

  const spec = smallNetwork();
  const model = exported(spec);
  const [first, ...others] = model.graph.nodes;
  const nodes = model.graph.nodes.map((node) =>
    node.opType === 'Relu' ? { ...node, opType: 'Tanh' } : node,
  );
  it.each<[string, OnnxModel, RegExp]>([
    ['without LSTM', changed(model, { 'lstm1.recurrent': undefined }), /no weights "lstm1.recurrent"/],
    [
      'of half precision',
      changed(model, { 'conv1.bias': { type: 'float16', dims: [6], data: new Uint16Array(6) } }),
      /"conv1.bias" are float16, not float32/,
    ],
    [
      'with a weight of another shape',
      changed(model, { 'conv2.bias': { type: 'float32', dims: [5], data: new Float32Array(5) } }),
      /"conv2.bias" have the shape 5, not 6/,
    ],
    ['of other targets', exported(smallNetwork({ heads: spec.heads.slice(0, 1) })), /head.conversation/],
    ['of other windows', exported(smallNetwork({ sizeSamples: 13 })), /12 samples × 3 channels/],
    [
      'with other activations',
      { ...model, graph: { ...model.graph, nodes } },
      /step 3 is Tanh\(Conv_2\), not Relu\(Conv_2\)/,
    ],
    [
      'with a step too few',
      {
        ...model,
        graph: { ...model.graph, nodes: first === undefined ? [] : [first, ...others.slice(0, -1)] },
      },
      /is missing, not Identity/,
    ],
  ])('refuses a model %s, and says what differs', (_, other, message) => {
    expect(() => readNetwork(other, spec)).toThrow(
      expect.objectContaining({ code: 'MODEL_INVALID', message: expect.stringMatching(message) }),
    );
  });
});
