import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import type { ImageClassifier } from '../domain/image.js';
import type { SimilarItems } from '../domain/similar-items.js';
import type { TensorInference } from '../domain/tensor-inference.js';
import type { ItemRun } from '../infer/item-lane.js';
import { createImageClassifier } from '../inference/images/image-classifier.js';
import { createSimilarItems } from '../inference/images/similar-items.js';
import { createItemRunner } from '../inference/item-batches.js';
import type { Closers } from '../shared/lifetime.js';
import type { Events } from '../telemetry/events.js';
import type { Models } from './open-models.js';
import { createTensorInference } from './tensor-inference.js';

/** An idle worker waits for no second picture: running two together is hardly cheaper than one after the other. */
const ENOUGH_IMAGES = 1;

/** Rows of tensors that may wait for sequence models. */
const MAX_ROWS = 512;

export interface ImageService {
  readonly classifier: ImageClassifier;
  readonly tensors: TensorInference;
  readonly similar: SimilarItems;
}

/** Puts together what says what is on pictures. */
export function openImageService(
  { apparel, infer, dataDir }: Config,
  models: Models,
  events: Pick<Events, 'inferenceRun' | 'inferenceFailed' | 'imageClassified'>,
  closers: Closers,
): ImageService {
  const { maxBatch, maxImages, decoders } = apparel;
  const { images } = models;
  const elapsedMs = (): number => performance.now();
  const onRun = ({ model, items, ranMs }: ItemRun): void => events.inferenceRun(model, items, ranMs);
  const onFailed = ({ model, error }: { model: string; error: unknown }): void =>
    events.inferenceFailed(model, error);
  const runner = closers.add(
    createItemRunner({
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
  const classifier = createImageClassifier({
    models: {
      get manifests() {
        return images.manifests;
      },
      run: (model, write) => runner.run(model, write),
    },
    decoders,
    maxImages,
    elapsedMs,
    onRun: events.imageClassified,
  });
  const sequenceRunner = closers.add(
    createItemRunner({
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
  return { classifier, tensors, similar };
}
