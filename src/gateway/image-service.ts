import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import type { ImageClassifier, SimilarItems } from '../domain/image.js';
import type { TensorInference, TensorModel, TensorOutputs } from '../domain/tensor-inference.js';
import { createImageClassifier } from '../inference/images/image-classifier.js';
import { Finders } from '../inference/images/people.js';
import { createSimilarItems } from '../inference/images/similar-items.js';
import { ItemRunner } from '../inference/item-batches.js';
import type { ModelRun } from '../inference/model-lane.js';
import type { ImageManifest, Manifest, SequenceManifest } from '../inference/models/manifest.js';
import { isTfLayersFile, planTensors } from '../inference/tensor-plan.js';
import type { Closers } from '../shared/lifetime.js';
import type { Events } from '../telemetry/events.js';
import type { Models } from './open-models.js';

/** An idle worker waits for no second picture: running two together is hardly cheaper than one after the other. */
const ENOUGH_IMAGES = 1;

/** Rows of tensors that may wait for sequence models. */
const MAX_ROWS = 512;

export interface ImageService {
  readonly classifier: ImageClassifier;
  readonly tensors: TensorInference;
  readonly similar: SimilarItems;
  /** The first active model that looks at people. */
  readonly peopleModel: () => string | undefined;
}

/** Puts together what says what is on pictures. */
export function openImageService(
  { apparel, infer, dataDir, models: { dir: modelsFolder } }: Config,
  models: Models,
  events: Pick<Events, 'inferenceRun' | 'inferenceFailed' | 'imageClassified' | 'peopleNotSought'>,
  closers: Closers,
): ImageService {
  const { maxBatch, maxImages, decoders, maxPeople, thresholds } = apparel;
  const { images } = models;
  const elapsedMs = (): number => performance.now();
  const onRun = ({ model, items, ranMs }: ModelRun): void => events.inferenceRun(model, items, ranMs);
  const onFailed = ({ model, error }: { model: string; error: unknown }): void =>
    events.inferenceFailed(model, error);
  const runner = closers.add(
    new ItemRunner({
      models: images,
      batching: {
        maxBatch,
        enough: ENOUGH_IMAGES,
        maxWaitMs: 0,
        queueSoftWindows: maxImages,
        queueHardWindows: maxImages,
      },
      onRun,
      onFailed,
    }),
  );
  const finders = closers.add(new Finders(modelsFolder, events.peopleNotSought));
  const classifier = createImageClassifier({
    models: {
      get manifests() {
        return images.manifests;
      },
      run: (model, write) => runner.run(model, write),
    },
    decoders,
    maxImages,
    maxPeople,
    thresholds,
    finderOf: (manifest) => finders.of(manifest),
    elapsedMs,
    onRun: events.imageClassified,
  });
  const sequenceRunner = closers.add(
    new ItemRunner({
      models: models.sequences,
      // Windows of phones share the workers: one small batch of others in between delays them by a few milliseconds.
      batching: {
        maxBatch: infer.maxBatch,
        maxWaitMs: 0,
        queueSoftWindows: MAX_ROWS,
        queueHardWindows: MAX_ROWS,
      },
      onRun,
      onFailed,
    }),
  );
  const tensors = createTensorInference({ models, sequenceRunner, imageRunner: runner, classifier });
  const folder = apparel.index ?? join(dataDir, 'apparel-index');
  const similar = createSimilarItems({ folder, classifier, elapsedMs });
  const peopleModel = (): string | undefined =>
    images.manifests.find(({ people }) => people !== undefined)?.name;
  return { classifier, tensors, similar, peopleModel };
}

interface TensorInferenceDependencies {
  readonly models: Models;
  readonly sequenceRunner: ItemRunner<SequenceManifest>;
  readonly imageRunner: ItemRunner<ImageManifest>;
  readonly classifier: ImageClassifier;
}

/** Gives clients that send tensors the models in service. */
function createTensorInference(dependencies: TensorInferenceDependencies): TensorInference {
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
