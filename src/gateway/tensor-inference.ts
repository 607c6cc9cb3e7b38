import type { ImageClassifier } from '../domain/image.js';
import type { TensorInference, TensorModel, TensorOutputs } from '../domain/tensor-inference.js';
import type { ItemRunner } from '../inference/item-batches.js';
import type { Manifest } from '../inference/models/manifest.js';
import { isTfLayersFile } from '../inference/models/tf-layers-files.js';
import { planTensors } from '../inference/tensor-plan.js';
import type { Models } from './open-models.js';

export interface TensorInferenceDependencies {
  readonly models: Models;
  readonly sequenceRunner: ItemRunner;
  readonly imageRunner: ItemRunner;
  readonly classifier: ImageClassifier;
}

/** Gives clients that send tensors the models in service. */
export function createTensorInference(dependencies: TensorInferenceDependencies): TensorInference {
  const { models, sequenceRunner, imageRunner, classifier } = dependencies;
  const isImageModel = (model: string): boolean => models.images.manifests.some(({ name }) => name === model);
  return {
    get models() {
      return [...models.sequences.manifests, ...models.images.manifests].map(toTensorModel);
    },
    run: async (model, rows) => {
      const runner = isImageModel(model) ? imageRunner : sequenceRunner;
      const items = rows.map((row) => runner.run(model, (target, offset) => target.set(row, offset)));
      return byOutput(await Promise.all(items));
    },
    runImages: async (model, images) => {
      const runs = await Promise.all(images.map((image) => classifier.run(image, model)));
      return byOutput(runs.map(({ outputs }) => outputs));
    },
  };
}

function toTensorModel(manifest: Manifest): TensorModel {
  const { input, itemShape, outputs } = planTensors(manifest);
  return {
    name: manifest.name,
    version: manifest.version,
    platform: isTfLayersFile(manifest.file) ? 'tensorflowjs_layers' : 'onnxruntime_onnx',
    input: { name: input, shape: [-1, ...itemShape] },
    outputs: outputs.map(({ name, width }) => ({ name, shape: [-1, width ?? -1] })),
    takesImages: manifest.kind === 'image',
  };
}

function byOutput(items: readonly Readonly<Record<string, Float32Array>>[]): TensorOutputs {
  const names = Object.keys(items[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, items.map((item) => item[name] ?? new Float32Array())]),
  );
}
