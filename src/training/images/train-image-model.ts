import { GatewayError } from '../../shared/errors.js';
import { scoreTarget, type TargetMetrics } from '../metrics.js';
import type { OnnxModel } from '../onnx/model.js';
import { exportImageModel } from './export-image-model.js';
import { type HeadRows, headSplit, rowsOf, trainHead } from './head-rows.js';
import { imageClassWeights } from './image-set.js';
import { applySoftmaxHead, type SoftmaxHead } from './softmax-head.js';
import { type ImageSplit, stratifiedFolds } from './split-images.js';
import {
  type PreparedTuning,
  prepareTuning,
  type TuneProgress,
  type TuneRequest,
  tuneBackbone,
} from './tune-backbone.js';
import { extractFeatures } from './view-passes.js';

export interface ImageTrainingRequest extends Omit<TuneRequest, 'classWeights'> {
  readonly classWeighting: 'none' | 'balanced';
  /** Repeats of training on the rest, for measuring; 0 for none. */
  readonly folds: number;
  /** Epochs of fine-tuning after the head was trained; 0 keeps the backbone as it is. */
  readonly epochs: number;
  /** Whether fine-tuning is repeated in every fold as well, which takes as many times as long. */
  readonly tunedFolds: boolean;
  /** Whether fine-tuning that paid is done once more on all images, those put aside included. */
  readonly refit: boolean;
}

export interface TrainedImageModel {
  readonly model: OnnxModel;
  /** Of the head on the frozen backbone, trained on the other folds. */
  readonly folds: readonly TargetMetrics[];
  /** The same, fine-tuned in every fold; empty where that was not asked for. */
  readonly tunedFolds: readonly TargetMetrics[];
  /** What the folds took each image for, `[images, classes]`; `undefined` without folds. */
  readonly foldGuesses: Float32Array | undefined;
  readonly headSteps: number;
  /** On the tenth of the images that was put aside: the head alone, and after fine-tuning. */
  readonly heldOut: { readonly head: TargetMetrics; readonly tuned: TargetMetrics | undefined };
  /** The tensor above which blocks were fine-tuned; `undefined` where they were not, or it did not pay. */
  readonly cut: string | undefined;
}

/**
 * Trains an image model by transfer: a softmax head on the features of a frozen backbone, then, where asked for, the
 * backbone's upper blocks together with the head. Those are kept if they do no worse on images that were put aside.
 *
 * @throws GatewayError `TRAINING_FAILED` when it is stopped, `MODEL_INVALID` when the backbone cannot be used
 */
export async function trainImageModel(
  request: ImageTrainingRequest,
  progress: TuneProgress,
): Promise<TrainedImageModel> {
  try {
    return await train(request, progress);
  } catch (error) {
    if (!progress.signal.aborted) throw error;
    throw new GatewayError('TRAINING_FAILED', 'stopped before training was complete; no model was written', {
      cause: error,
    });
  }
}

async function train(request: ImageTrainingRequest, progress: TuneProgress): Promise<TrainedImageModel> {
  const { images, backbone } = request;
  const classes = images.classes.length;
  const classWeights = imageClassWeights(images.labels, classes, request.classWeighting);
  const passes = await extractFeatures(request, {
    signal: progress.signal,
    onProgress: (done) => progress.onProgress('features', done),
  });
  const rows = { labels: images.labels, classes, passes };
  progress.onProgress('head', 0);
  const head = await trainHead(rows, [...images.labels.keys()], { classWeights, seed: request.seed });
  progress.onProgress('head', 1);
  const { folds, foldGuesses } = await measureFolds(request, rows, classWeights, progress);
  const split = headSplit(images.labels, request.seed);
  const tuning = { ...request, classWeights };
  const prepared = request.epochs > 0 ? await prepareTuning(tuning, progress) : undefined;
  const tuned = prepared && (await tuneBackbone(tuning, prepared, head, split, progress));
  const tunedFolds =
    prepared && request.tunedFolds ? await measureTunedFolds(tuning, prepared, rows, progress) : [];
  const heldOut = {
    head: scoreRows(images.classes, rows, split, guess(rows, split.test, head)),
    tuned: tuned && scoreRows(images.classes, rows, split, tuned.heldOut),
  };
  const hasPaid = (heldOut.tuned?.accuracy ?? 0) >= heldOut.head.accuracy;
  const refitted =
    hasPaid && prepared && request.refit
      ? await tuneBackbone(tuning, prepared, head, { train: [...images.labels.keys()], test: [] }, progress)
      : undefined;
  const kept = hasPaid ? (refitted ?? tuned) : undefined;
  const { name, licence } = backbone.spec;
  const model = exportImageModel(backbone, kept?.weights ?? new Map(), kept?.head ?? head, {
    backbone: name,
    backboneLicence: licence,
  });
  return {
    model,
    folds,
    tunedFolds,
    foldGuesses,
    headSteps: head.steps,
    heldOut,
    cut: kept && prepared?.cut,
  };
}

async function measureFolds(
  request: ImageTrainingRequest,
  rows: HeadRows,
  classWeights: readonly number[],
  { signal, onProgress }: TuneProgress,
): Promise<Pick<TrainedImageModel, 'folds' | 'foldGuesses'>> {
  if (request.folds === 0) return { folds: [], foldGuesses: undefined };
  const { classes } = request.images;
  const splits = stratifiedFolds(rows.labels, request.folds, request.seed);
  const folds: TargetMetrics[] = [];
  const foldGuesses = new Float32Array(rows.labels.length * classes.length);
  for (const split of splits) {
    signal.throwIfAborted();
    const head = await trainHead(rows, split.train, { classWeights, seed: request.seed });
    const guesses = guess(rows, split.test, head);
    folds.push(scoreRows(classes, rows, split, guesses));
    split.test.forEach((image, row) => {
      const own = guesses.subarray(row * classes.length, (row + 1) * classes.length);
      foldGuesses.set(own, image * classes.length);
    });
    onProgress('folds', folds.length / splits.length);
  }
  return { folds, foldGuesses };
}

async function measureTunedFolds(
  request: TuneRequest & Pick<ImageTrainingRequest, 'folds'>,
  prepared: PreparedTuning,
  rows: HeadRows,
  progress: TuneProgress,
): Promise<TargetMetrics[]> {
  const { classWeights, folds, images, seed } = request;
  const figures: TargetMetrics[] = [];
  for (const split of folds === 0 ? [] : stratifiedFolds(rows.labels, folds, seed)) {
    const head = await trainHead(rows, split.train, { classWeights, seed });
    const { heldOut } = await tuneBackbone(request, prepared, head, split, {
      signal: progress.signal,
      onProgress: (_, done, detail) =>
        progress.onProgress('fine-tuned folds', (figures.length + done) / folds, detail),
    });
    figures.push(scoreRows(images.classes, rows, split, heldOut));
  }
  return figures;
}

/** What a head takes images for as they are, without augmentation. */
function guess(rows: HeadRows, images: readonly number[], head: SoftmaxHead): Float32Array {
  const { features } = rowsOf({ ...rows, passes: rows.passes.slice(0, 1) }, images);
  return applySoftmaxHead(head, features, images.length);
}

function scoreRows(
  classes: readonly string[],
  { labels }: HeadRows,
  { test }: ImageSplit,
  probabilities: Float32Array,
): TargetMetrics {
  return scoreTarget({ classes, truth: test.map((index) => labels[index] ?? 0), probabilities });
}
