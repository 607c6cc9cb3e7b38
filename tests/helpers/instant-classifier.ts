import { NEVER } from 'rxjs';
import type { ModelRegistry } from '../../src/inference/model-registry.js';
import { type Classifier, type ModelOutputs, ServedModel } from '../../src/inference/model-version.js';
import type { SequenceManifest } from '../../src/inference/models/manifest.js';
import { itemLengthOf, planTensors } from '../../src/inference/tensor-plan.js';
import { tinyAnswer } from './tiny-model.js';

/** Answers at once what the tiny model of the same manifest would answer. */
export function createInstantClassifier(manifest: SequenceManifest): Classifier<SequenceManifest> {
  const length = itemLengthOf(planTensors(manifest));
  const answerOf = (item: Float32Array): [number, number] => {
    const yes = tinyAnswer(item.reduce((sum, value) => sum + value, 0));
    return [1 - yes, yes];
  };
  return {
    manifest,
    parallelism: 1,
    run: (batch, count): Promise<ModelOutputs> => {
      const items = Array.from({ length: count }, (_, row) =>
        batch.subarray(row * length, (row + 1) * length),
      );
      return Promise.resolve({ accompanied: Float32Array.from(items.flatMap(answerOf)) });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Models that never change. */
export function createFixedModels(...manifests: readonly SequenceManifest[]): ModelRegistry {
  const served = new Map(
    manifests.map((manifest) => [manifest.name, new ServedModel(createInstantClassifier(manifest))]),
  );
  return {
    manifests,
    isCandidate: () => false,
    events$: NEVER,
    lease: (model) => served.get(model)?.lease(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
