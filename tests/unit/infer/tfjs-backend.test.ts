import { describe, expect, it } from 'vitest';
import { createTfjsBackend } from '../../../src/infer/tfjs-backend.js';
import { exportLayers } from '../../../src/training/export-layers.js';
import { buildInferenceModel } from '../../../src/training/inference-graph.js';
import { largestDifference, randomNormal, randomParameters, smallNetwork } from '../../helpers/networks.js';
import { loadOnnx } from '../../helpers/run-onnx.js';

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
