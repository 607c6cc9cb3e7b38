import { GatewayError } from '../../shared/errors.js';
import type { TargetMetrics } from '../metrics.js';
import type { OnnxModel } from '../onnx/model.js';
import { exportImageModel } from './export-image-model.js';
import { type HeadRows, headSplit, trainHead } from './head-rows.js';
import { imageClassWeights } from './image-folder.js';
import {
  type FoldMeasure,
  type FoldRequest,
  measureFolds,
  measureHead,
  measureNeighbours,
  plainRows,
  scoreSplit,
} from './measure-folds.js';
import { applySoftmaxHead } from './softmax-head.js';
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

/** A measure of folds, and what was done in each, in words. */
export interface NamedMeasure extends FoldMeasure {
  readonly name: 'folds' | 'neighbours' | 'tunedFolds';
  readonly how: string;
}

export interface TrainedImageModel {
  readonly model: OnnxModel;
  /** What was measured by folds, by name; nothing without folds. */
  readonly measures: readonly NamedMeasure[];
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
  const { images, backbone, seed } = request;
  const classes = images.classes.length;
  const classWeights = imageClassWeights(images.labels, classes, request.classWeighting);
  const beganMs = performance.now();
  const passes = await extractFeatures(request, {
    signal: progress.signal,
    onProgress: (done) => progress.onProgress('features', done),
  });
  const featureSeconds = (performance.now() - beganMs) / 1000;
  const rows = { labels: images.labels, classes, passes };
  progress.onProgress('head', 0);
  const head = await trainHead(rows, [...images.labels.keys()], { classWeights, seed });
  progress.onProgress('head', 1);
  const split = headSplit(images.labels, seed);
  const tuning = { ...request, classWeights };
  const prepared = request.epochs > 0 ? await prepareTuning(tuning, progress) : undefined;
  const tuned = prepared && (await tuneBackbone(tuning, prepared, head, split, progress));
  const measures = await measure(tuning, rows, prepared, featureSeconds, progress);
  const plain = applySoftmaxHead(head, plainRows(rows, split.test).features, split.test.length);
  const heldOut = {
    head: scoreSplit(images.classes, rows, split, plain),
    tuned: tuned && scoreSplit(images.classes, rows, split, tuned.heldOut),
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
  return { model, measures, headSteps: head.steps, heldOut, cut: kept && prepared?.cut };
}

/** @param featureSeconds what computing features for all folds took; a fold by itself would take it, too */
async function measure(
  request: TuneRequest & Pick<ImageTrainingRequest, 'folds' | 'tunedFolds'>,
  rows: HeadRows,
  prepared: PreparedTuning | undefined,
  featureSeconds: number,
  progress: TuneProgress,
): Promise<NamedMeasure[]> {
  const { images, folds, classWeights, seed } = request;
  if (folds === 0) return [];
  const requestOf = (phase: string): FoldRequest => ({
    classes: images.classes,
    rows,
    folds,
    classWeights,
    seed,
    signal: progress.signal,
    onFold: (done) => progress.onProgress(phase, done),
  });
  const named = (name: NamedMeasure['name'], how: string, own: FoldMeasure, before: number): NamedMeasure => {
    return { ...own, name, how, foldSeconds: own.foldSeconds + before };
  };
  const measures = [
    named('folds', 'head on the frozen backbone', await measureHead(requestOf('folds')), featureSeconds),
    named(
      'neighbours',
      'vote of the nearest images by the features of the frozen backbone',
      await measureNeighbours(requestOf('nearest images')),
      featureSeconds,
    ),
  ];
  if (prepared === undefined || !request.tunedFolds) return measures;
  const tuned = await measureFolds(requestOf('fine-tuned folds'), async (split) => {
    const head = await trainHead(rows, split.train, { classWeights, seed });
    return (await tuneBackbone(request, prepared, head, split, progress)).heldOut;
  });
  return [...measures, named('tunedFolds', 'fine-tuned in each', tuned, featureSeconds + prepared.seconds)];
}
