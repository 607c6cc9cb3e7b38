import { io, tensor, tidy } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { parseTfLayersModel } from '../../../../../src/inference/models/tf-layers-files.js';
import { buildInferenceModel } from '../../../../../src/training/motion/network/inference-graph.js';
import { exportLayers } from '../../../../../src/training/motion/network/layers-model.js';
import type { NetworkSpec } from '../../../../../src/training/motion/network/network.js';
import {
  largestDifference,
  randomNormal,
  randomParameters,
  smallNetwork,
} from '../../../../helpers/networks.js';
import { loadOnnx } from '../../../../helpers/run-onnx.js';
import { useTfjs } from '../../../../helpers/use-tfjs.js';

const WINDOWS = 1000;

const networks: readonly [string, NetworkSpec][] = [
  ['the paper’s layers', smallNetwork()],
  ['nine channels, the paper’s sizes', smallNetwork({ channels: 9, filters: 64, cells: 128 })],
  ['one layer of each', smallNetwork({ convolutions: 1, lstmLayers: 1 })],
  ['mean of all steps', smallNetwork({ readout: 'mean' })],
  ['means of three steps', smallNetwork({ poolSamples: 3, sizeSamples: 12 })],
  ['no convolution, three LSTM layers', smallNetwork({ convolutions: 0, lstmLayers: 3 })],
  [
    'a wide kernel, five classes',
    smallNetwork({ kernelSamples: 9, heads: [{ name: 'activity', classes: ['a', 'b', 'c', 'd', 'e'] }] }),
  ],
];

describe('buildInferenceModel and exportLayers', () => {
  it.each(networks)('give the same answers within 1e-4 on 1,000 windows: %s', async (_, spec) => {
    const parameters = randomParameters(spec, 11, spec.cells > 100 ? 0.1 : 0.4);
    const heads = spec.heads.map((head) => head.name);
    const dims = [WINDOWS, spec.sizeSamples, spec.channels];
    const windows = randomNormal(WINDOWS * spec.sizeSamples * spec.channels, 12);
    await using session = await loadOnnx(buildInferenceModel(spec, parameters, heads));
    const fromOnnx = await session.run({ window: { dims, data: windows } });
    const fromLayers = await runLayers(spec, parameters, heads, windows, dims);
    for (const { name, classes } of spec.heads) {
      const values = fromOnnx[name];
      expect(values?.dims).toEqual([WINDOWS, classes.length]);
      expect(new Set(values?.data).size).toBeGreaterThan(500);
      expect(largestDifference(values?.data ?? [], fromLayers.get(name) ?? [])).toBeLessThan(1e-4);
    }
  });

  it('leave out heads that are not asked for', async () => {
    const spec = smallNetwork();
    const parameters = randomParameters(spec, 1);
    const model = buildInferenceModel(spec, parameters, ['conversation'], { version: '3' });
    expect(model.graph.outputs.map((output) => output.name)).toEqual(['conversation']);
    expect([...model.graph.initialisers.keys()].filter((name) => name.includes('accompanied'))).toEqual([]);
    expect(model.metadata).toEqual({ version: '3' });
    const { modelJson } = await exportLayers(spec, parameters, ['conversation']);
    expect(Buffer.from(modelJson).toString()).not.toContain('accompanied');
  });
});

async function runLayers(
  spec: NetworkSpec,
  parameters: Float32Array,
  heads: readonly string[],
  windows: Float32Array,
  dims: readonly number[],
): Promise<Map<string, ArrayLike<number>>> {
  await useTfjs('wasm');
  const { modelJson, weights } = await exportLayers(spec, parameters, heads);
  const { modelTopology, weightsManifest } = parseTfLayersModel('model.json', modelJson);
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const weightData = Uint8Array.from(weights.get('weights.bin') ?? []).buffer;
  const model = await loadLayersModel(io.fromMemory({ modelTopology, weightSpecs, weightData }));
  expect(model.inputNames).toEqual(['window']);
  expect(model.outputNames).toEqual(heads);
  const outputs = tidy(() => [model.predict(tensor(windows, [...dims]), { batchSize: 250 })].flat());
  return new Map(outputs.map((output, index) => [heads[index] ?? '', output.dataSync()]));
}
