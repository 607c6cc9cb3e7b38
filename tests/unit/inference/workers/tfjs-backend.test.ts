import type { io } from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTfjsBackend } from '../../../../src/inference/workers/tfjs-backend.js';
import { buildInferenceModel } from '../../../../src/training/motion/network/inference-graph.js';
import { exportLayers } from '../../../../src/training/motion/network/layers-model.js';
import {
  largestDifference,
  randomNormal,
  randomParameters,
  smallNetwork,
} from '../../../helpers/networks.js';
import { loadOnnx } from '../../../helpers/run-onnx.js';

const HEADS = ['accompanied', 'conversation'];
const SPEC = smallNetwork();

async function exportFiles(): Promise<Map<string, Uint8Array>> {
  const { modelJson, weights } = await exportLayers(SPEC, randomParameters(SPEC, 1), HEADS);
  return new Map([['model.json', modelJson], ...weights]);
}

describe(createTfjsBackend, () => {
  it('says what the file says of itself', async () => {
    const backend = await createTfjsBackend('model.json', await exportFiles());
    expect(backend.signature).toEqual({
      inputs: [{ name: 'window', type: 'float32', shape: [null, 12, 3] }],
      outputs: HEADS.map((name) => ({ name, type: 'float32', shape: [null, 2] })),
    });
    await backend.dispose();
  });

  it('answers as ONNX Runtime does', async () => {
    const batch = new Float32Array(new SharedArrayBuffer(8 * 36 * 4));
    batch.set(randomNormal(5 * 36, 2));
    await using onnx = await loadOnnx(buildInferenceModel(SPEC, randomParameters(SPEC, 1), HEADS));
    const expected = await onnx.run({ window: { dims: [5, 12, 3], data: batch.slice(0, 5 * 36) } });
    const backend = await createTfjsBackend('model.json', await exportFiles());
    const outputs = await backend.run({
      input: 'window',
      batch,
      dims: [5, 12, 3],
      outputs: HEADS.toReversed(),
    });
    for (const head of HEADS) {
      expect(largestDifference(outputs[head] ?? [], expected[head]?.data ?? [])).toBeLessThan(1e-5);
    }
    await backend.dispose();
  });

  it('gives the memory of each run back', async () => {
    const { memory } = await import('@tensorflow/tfjs-core');
    const before = memory().numTensors;
    const backend = await createTfjsBackend('model.json', await exportFiles());
    const loaded = memory().numTensors;
    for (let run = 0; run < 3; run++) {
      await backend.run({ input: 'window', batch: new Float32Array(36), dims: [1, 12, 3], outputs: HEADS });
    }
    expect(memory().numTensors).toBe(loaded);
    await backend.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('rejects a model whose weights are missing, too few, or not asked for by that name', async () => {
    const files = await exportFiles();
    const without = new Map([...files].filter(([name]) => name === 'model.json'));
    await expect(createTfjsBackend('model.json', without)).rejects.toThrow('"weights.bin" is missing');
    const short = new Map(files).set('weights.bin', new Uint8Array(8));
    await expect(createTfjsBackend('model.json', short)).rejects.toThrow();
    const backend = await createTfjsBackend('model.json', files);
    const request = { input: 'window', batch: new Float32Array(36), dims: [1, 12, 3], outputs: ['x'] };
    await expect(backend.run(request)).rejects.toThrow('output "x"');
    await backend.dispose();
  });
});

describe('a model that somebody else has made with tf.layers', () => {
  // Starts the engine in which the models below are built.
  beforeAll(async () => {
    await createTfjsBackend('model.json', await exportFiles());
  });

  /** The files of a model as `save` writes them. */
  async function filesOf(made: LayersModel): Promise<Map<string, Uint8Array>> {
    const saved: io.ModelArtifacts[] = [];
    await made.save({
      save: async (artifacts: io.ModelArtifacts) => {
        saved.push(artifacts);
        await Promise.resolve();
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      },
    });
    const [{ modelTopology, weightSpecs, weightData } = {}] = saved;
    if (!(weightData instanceof ArrayBuffer)) throw new Error('no weights');
    const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
    return new Map([
      ['model.json', Buffer.from(JSON.stringify({ modelTopology, weightsManifest }))],
      ['weights.bin', new Uint8Array(weightData)],
    ]);
  }

  const mean = () => layers.globalAveragePooling1d({});
  const head = (name: string) => layers.dense({ units: 2, activation: 'softmax', name });

  function chainOf(...chain: readonly Parameters<Sequential['add']>[0][]): LayersModel {
    const made = sequential();
    for (const layer of chain) made.add(layer);
    return made;
  }

  const MADE: readonly (readonly [string, () => LayersModel])[] = [
    [
      'a Sequential model with an input layer',
      () => chainOf(layers.inputLayer({ inputShape: [12, 3], name: 'window' }), mean(), head('conversation')),
    ],
    [
      'a Sequential model whose first layer has the shape',
      () => chainOf(layers.globalAveragePooling1d({ inputShape: [12, 3] }), head('conversation')),
    ],
    [
      'a Sequential model in a Sequential model',
      () =>
        chainOf(
          chainOf(layers.globalAveragePooling1d({ inputShape: [12, 3] }), layers.dense({ units: 4 })),
          head('conversation'),
        ),
    ],
  ];

  it.each(MADE)('runs %s', async (_, make) => {
    const made = make();
    const backend = await createTfjsBackend('model.json', await filesOf(made));
    expect(backend.signature.inputs.map(({ shape }) => shape)).toEqual([[null, 12, 3]]);
    expect(backend.signature.outputs).toEqual([{ name: 'conversation', type: 'float32', shape: [null, 2] }]);
    const request = {
      input: 'window',
      batch: randomNormal(72, 3),
      dims: [2, 12, 3],
      outputs: ['conversation'],
    };
    const { conversation } = await backend.run(request);
    expect(conversation).toHaveLength(4);
    expect((conversation?.[0] ?? 0) + (conversation?.[1] ?? 0)).toBeCloseTo(1, 5);
    await backend.dispose();
  });

  it('tells the heads of a model inside a model apart', async () => {
    const within = input({ shape: [12, 3] });
    const pooled = mean().apply(within);
    const inner = model({
      inputs: within,
      outputs: HEADS.flatMap((name) => head(name).apply(pooled)) as never,
    });
    const window = input({ shape: [12, 3], name: 'window' });
    const outer = model({ inputs: window, outputs: inner.apply(window) as never });
    const backend = await createTfjsBackend('model.json', await filesOf(outer));
    expect(backend.signature.outputs.map(({ name }) => name)).toEqual(HEADS);
    const request = { input: 'window', batch: randomNormal(36, 4), dims: [1, 12, 3], outputs: HEADS };
    const outputs = await backend.run(request);
    expect([...(outputs['accompanied'] ?? [])]).not.toEqual([...(outputs['conversation'] ?? [])]);
    await backend.dispose();
  });
});
