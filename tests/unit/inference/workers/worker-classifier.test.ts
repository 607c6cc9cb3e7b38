import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ModelOutputs } from '../../../../src/inference/model-version.js';
import { planTensors } from '../../../../src/inference/tensor-plan.js';
import { type ModelRunner, WorkerClassifier } from '../../../../src/inference/workers/inference-pool.js';
import { tinyManifest } from '../../../helpers/tiny-model.js';

function setUp(run: ModelRunner['run']) {
  const manifest = tinyManifest();
  let unloads = 0;
  const classifier = new WorkerClassifier(manifest, planTensors(manifest), {
    parallelism: 3,
    run,
    unload: () => {
      unloads += 1;
      return Promise.resolve();
    },
  });
  return { classifier, unloads: () => unloads };
}

describe(WorkerClassifier, () => {
  it('asks for the manifest’s tensors', async () => {
    const outputs: ModelOutputs = { accompanied: Float32Array.of(0.5, 0.5) };
    const requests: unknown[] = [];
    const { classifier } = setUp((request) => {
      requests.push(request);
      return Promise.resolve(outputs);
    });
    const batch = new Float32Array(36);
    expect(await classifier.run(batch, 2)).toBe(outputs);
    expect(requests).toEqual([{ input: 'window', batch, dims: [2, 4, 3], outputs: ['accompanied'] }]);
    expect(classifier.parallelism).toBe(3);
  });

  it('names the model in a failure and keeps its cause', async () => {
    const cause = new Error('broken');
    const { classifier } = setUp(() => Promise.reject(cause));
    await expect(classifier.run(new Float32Array(12), 1)).rejects.toMatchObject({
      code: 'MODEL_RUN_FAILED',
      message: 'model "tiny" 1 could not be run on 1 items: broken',
      cause,
    });
  });

  it('unloads after the batches under way, and takes no more', async () => {
    let finish: (outputs: ModelOutputs) => void = () => undefined;
    const { classifier, unloads } = setUp(() => new Promise((resolve) => (finish = resolve)));
    const running = classifier.run(new Float32Array(12), 1);
    const disposal = classifier[Symbol.asyncDispose]();
    await expect(classifier.run(new Float32Array(12), 1)).rejects.toMatchObject({ code: 'CLOSED' });
    await nextTurn();
    expect(unloads()).toBe(0);
    finish({});
    await running;
    await disposal;
    expect(unloads()).toBe(1);
  });
});
