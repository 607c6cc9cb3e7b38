import { describe, expect, it } from 'vitest';
import type { SequenceManifest } from '../../../src/inference/models/manifest.js';
import { startInferencePool } from '../../../src/inference/workers/inference-pool.js';
import { TFJS_ENGINES } from '../../../src/inference/workers/tfjs-engines.js';
import { messageOf } from '../../../src/shared/errors.js';
import { buildInferenceModel } from '../../../src/training/motion/network/inference-graph.js';
import { exportLayers } from '../../../src/training/motion/network/layers-model.js';
import type { NetworkSpec } from '../../../src/training/motion/network/network.js';
import { encodeModel } from '../../../src/training/onnx/encode-model.js';
import { largestDifference, randomNormal, randomParameters } from '../../helpers/networks.js';
import { tinyManifest } from '../../helpers/tiny-model.js';
import { INFERENCE_WORKER } from '../../helpers/worker-url.js';

const TARGETS = ['accompanied', 'conversation'];

/** Kim et al. 2019. */
const PAPER: NetworkSpec = {
  sizeSamples: 128,
  channels: 9,
  convolutions: 3,
  filters: 64,
  kernelSamples: 5,
  lstmLayers: 2,
  cells: 128,
  heads: TARGETS.map((name) => ({ name, classes: ['no', 'yes'] })),
};

function manifestFor(file: string): SequenceManifest {
  return tinyManifest({
    file,
    channels: ['accelerometer', 'gyroscope', 'magnetometer'].flatMap((sensor) =>
      ['x', 'y', 'z'].map((axis) => `${sensor}.${axis}`),
    ),
    sizeSamples: 128,
    targets: TARGETS.map((name) => ({ name, output: name, classes: ['no', 'yes'], threshold: 0.5 })),
  });
}

describe('the paper’s network', () => {
  it('gives the same probabilities as ONNX and as a tf.layers model', async () => {
    const parameters = randomParameters(PAPER, 11, 0.1);
    const onnx = encodeModel(buildInferenceModel(PAPER, parameters, TARGETS));
    const { modelJson, weights } = await exportLayers(PAPER, parameters, TARGETS);
    const slower: unknown[] = [];
    await using pool = startInferencePool({
      workers: 1,
      maxBatch: 4,
      workerUrl: INFERENCE_WORKER,
      onWorkerLost: () => undefined,
      onFasterNotUsed: (_model, reasons) => void slower.push(reasons),
    });
    const byOnnx = await pool.load(manifestFor('model.onnx'), new Map([['model.onnx', onnx]]));
    const byTfjs = await pool.load(
      manifestFor('model.json'),
      new Map([['model.json', modelJson], ...weights]),
    );
    // Once, for the tf.layers model, unless the native library is installed here.
    const native = await TFJS_ENGINES[0]?.load().then(() => [], messageOf);
    expect(slower).toEqual(typeof native === 'string' ? [[`tensorflow: ${native}`]] : []);
    const batch = randomNormal(6 * 128 * 9, 12);
    const [expected, actual] = await Promise.all([byOnnx.run(batch, 6), byTfjs.run(batch, 6)]);
    for (const target of TARGETS) {
      const probabilities = expected[target] ?? new Float32Array();
      expect(largestDifference(actual[target] ?? [], probabilities)).toBeLessThan(1e-4);
      const spread = Math.max(...probabilities) - Math.min(...probabilities);
      expect(spread).toBeGreaterThan(0.01);
    }
  });
});
