import { createImageClassifier } from '../apparel/image-classifier.js';
import type { Closers } from '../closers.js';
import type { Config } from '../config/schema.js';
import type { ImageClassifier } from '../domain/apparel.js';
import type { Events } from '../events.js';
import { createItemRunner, type ItemRunner } from '../infer/item-runner.js';
import type { Models } from './open-models.js';

/** An idle worker waits for no second picture: running two together is hardly cheaper than one after the other. */
const ENOUGH_IMAGES = 1;

export interface ImageService {
  readonly classifier: ImageClassifier;
  /** Runs image models on tensors as well, in the same batches. */
  readonly runner: ItemRunner;
}

/** Puts together what says what is on pictures. */
export function openImageService(
  { apparel }: Config,
  { images }: Pick<Models, 'images'>,
  events: Pick<Events, 'inferenceRun' | 'inferenceFailed' | 'imageClassified'>,
  closers: Closers,
): ImageService {
  const { maxBatch, maxImages, decoders } = apparel;
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
      onRun: ({ model, items, ranMs }) => events.inferenceRun(model, items, ranMs),
      onFailed: ({ model, error }) => events.inferenceFailed(model, error),
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
    elapsedMs: () => performance.now(),
    onClassified: ({ timings }) => events.imageClassified(timings),
  });
  return { classifier, runner };
}
