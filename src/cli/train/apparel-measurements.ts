import { evaluateImages } from '../../training/images/evaluate-images.js';
import {
  guessFigures,
  type ImageMeasurement,
  type WorstExample,
  worstExamples,
} from '../../training/images/image-card.js';
import type { ImageFolder, ImageSet } from '../../training/images/image-folder.js';
import type { ImageColumn } from '../../training/images/image-table.js';
import type { TrainedImageModel } from '../../training/images/train-image-model.js';
import { type ImageModelDescription, imageManifestOf } from '../../training/images/write-image-model.js';
import { encodeModel } from '../../training/onnx/encode-model.js';

/** Mistakes that the report shows. */
const WORST_SHOWN = 24;

export interface MeasuringOptions {
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
  /** How validation images were chosen, in words. */
  readonly validationText: string;
  /** What group an image belongs to. */
  readonly groupOf: ImageColumn;
}

export interface Measured {
  readonly measurements: readonly ImageMeasurement[];
  /** Of the validation images, or of the folds where there are none. */
  readonly worst: readonly WorstExample[];
}

/** What the folds said, and what the finished model says of the validation images, prepared as for serving. */
export async function measureModel(
  trained: TrainedImageModel,
  description: ImageModelDescription,
  { classes, paths, labels }: ImageSet,
  validation: ImageFolder | undefined,
  options: MeasuringOptions,
): Promise<Measured> {
  const folds = trained.measures.map(({ name, how, folds, guesses, foldSeconds }): ImageMeasurement => {
    const protocol = `${folds.length} folds of the training images, ${how}`;
    return {
      name,
      protocol,
      folds,
      foldSeconds,
      ...guessFigures(labels, guesses, paths.map(options.groupOf)),
    };
  });
  if (validation === undefined) {
    const guesses = trained.measures.findLast(({ name }) => name !== 'neighbours')?.guesses;
    const worst = guesses === undefined ? [] : worstExamples(classes, paths, labels, guesses, WORST_SHOWN);
    return { measurements: folds, worst };
  }
  const manifest = { ...imageManifestOf(description, []), sha256: '' };
  const { metrics, files, probabilities } = await evaluateImages(
    manifest,
    encodeModel(trained.model),
    validation,
    options,
  );
  const truth = files.map(({ label }) => classes.indexOf(validation.classes[label] ?? ''));
  const validated = files.map(({ path }) => path);
  const measurement = {
    name: 'validation',
    protocol: options.validationText,
    folds: [metrics],
    ...guessFigures(truth, probabilities, validated.map(options.groupOf)),
  };
  const worst = worstExamples(classes, validated, truth, probabilities, WORST_SHOWN);
  return { measurements: [measurement, ...folds], worst };
}
