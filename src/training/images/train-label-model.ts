import { GatewayError } from '../../shared/errors.js';
import type { OnnxModel } from '../onnx/model.js';
import { exportImageModel } from './export-image-model.js';
import { DEFAULT_FINE_TUNE_OPTIONS, fineTune } from './fine-tune.js';
import { startingBias, trainLabelHead } from './label-head.js';
import { calibrateHead, type HeldOutLabels, type LabelMetrics, scoreLabels } from './label-metrics.js';
import { type FeatureRows, headLogits, type SoftmaxHead } from './softmax-head.js';
import { neighbourFolds } from './split-images.js';
import { type PreparedTuning, prepareTuning, type TuneProgress } from './tune-backbone.js';
import { extractFeatures, type ViewRequest } from './view-passes.js';

export interface LabelTrainingRequest extends ViewRequest {
  readonly labels: readonly string[];
  /** 1 where a picture has a label, `[images, labels]`. */
  readonly targets: Float32Array;
  readonly folds: number;
  /** Epochs of fine-tuning; 0 keeps the backbone as it is. */
  readonly epochs: number;
  readonly cut: string | undefined;
  /** Whether what was fine-tuned on the other folds is fine-tuned once more on all pictures. */
  readonly refit: boolean;
}

export interface TrainedLabelModel {
  readonly model: OnnxModel;
  /** From which probability on a label counts as told. */
  readonly thresholds: readonly number[];
  readonly metrics: LabelMetrics;
  /** How the figures were measured, in words. */
  readonly protocol: string;
  readonly cut: string | undefined;
}

/** Pictures whose numbers lie this near are often of one occasion: they are kept on one side of a split. */
export const NEIGHBOURS = 10;

/**
 * Trains a model that says of each label whether a picture has it: a head with a sigmoid a label on the features of a frozen
 * backbone, or, with epochs, the backbone's upper blocks together with the head. Probabilities and thresholds are set on
 * pictures that were not trained on, in folds of neighbouring pictures; fine-tuning is measured on the first fold only.
 *
 * @throws GatewayError `TRAINING_FAILED` when it is stopped, `MODEL_INVALID` when the backbone cannot be used
 */
export async function trainLabelModel(
  request: LabelTrainingRequest,
  progress: TuneProgress,
): Promise<TrainedLabelModel> {
  try {
    return request.epochs > 0 ? await trainTuned(request, progress) : await trainFrozen(request, progress);
  } catch (error) {
    if (!progress.signal.aborted) throw error;
    throw new GatewayError('TRAINING_FAILED', 'stopped before training was complete; no model was written', {
      cause: error,
    });
  }
}

async function trainFrozen(
  request: LabelTrainingRequest,
  progress: TuneProgress,
): Promise<TrainedLabelModel> {
  const { images, labels, targets, folds } = request;
  const passes = await extractFeatures(request, {
    signal: progress.signal,
    onProgress: (done) => progress.onProgress('features', done),
  });
  const logits = new Float32Array(targets.length);
  const splits = neighbourFolds(images.pictures.length, folds, NEIGHBOURS);
  for (const [fold, { train, test }] of splits.entries()) {
    progress.signal.throwIfAborted();
    const head = await trainLabelHead(rowsOf(request, passes, train), progress.signal);
    const told = headLogits(head, rowsOf(request, passes.slice(0, 1), test).features, test.length);
    test.forEach((image, row) => {
      logits.set(told.subarray(row * labels.length, (row + 1) * labels.length), image * labels.length);
    });
    progress.onProgress('folds', (fold + 1) / splits.length);
  }
  const head = await trainLabelHead(rowsOf(request, passes, [...images.pictures.keys()]), progress.signal);
  const protocol = `${folds} folds of neighbouring pictures, head on the frozen backbone`;
  return finish(request, { targets, logits }, { head, weights: new Map() }, protocol, undefined);
}

async function trainTuned(request: LabelTrainingRequest, progress: TuneProgress): Promise<TrainedLabelModel> {
  const { images, labels, targets, folds, refit } = request;
  const prepared = await prepareTuning({ ...request, teachers: [] }, progress);
  const [{ train, test } = { train: [], test: [] }] = neighbourFolds(
    images.pictures.length,
    folds,
    NEIGHBOURS,
  );
  const measured = await tune(request, prepared, train, test, progress);
  const heldOut = {
    targets: Float32Array.from(test.flatMap((image) => [...rowOf(targets, image, labels.length)])),
    logits: measured.heldOut.map(logit),
  };
  const all = [...images.pictures.keys()];
  const kept = refit ? await tune(request, prepared, all, [], progress) : measured;
  const protocol = `${test.length} pictures, a fold of ${folds} of neighbouring ones, fine-tuned on the others`;
  return finish(request, heldOut, kept, protocol, prepared.cut);
}

async function tune(
  { labels, targets, epochs, threads, seed }: LabelTrainingRequest,
  { part, passes }: PreparedTuning,
  images: readonly number[],
  heldOut: readonly number[],
  { signal, onProgress }: TuneProgress,
) {
  const classes = labels.length;
  const bias = startingBias({ count: targets.length / classes, classes, labels: targets });
  const head = { kernel: new Float32Array(part.featureCount * classes), bias, steps: 0 };
  const data = {
    part,
    passes,
    targets,
    link: 'sigmoid' as const,
    images,
    heldOut,
    classes,
    head,
  };
  const options = { ...DEFAULT_FINE_TUNE_OPTIONS, epochs, threads, seed };
  return await fineTune(data, options, signal, (done, loss) =>
    onProgress('fine-tuning', done, `loss ${loss.toFixed(3)}`),
  );
}

function finish(
  { backbone, labels }: LabelTrainingRequest,
  heldOut: HeldOutLabels,
  { head, weights }: { readonly head: SoftmaxHead; readonly weights: ReadonlyMap<string, Float32Array> },
  protocol: string,
  cut: string | undefined,
): TrainedLabelModel {
  const calibrated = calibrateHead(head, heldOut);
  const { name, licence } = backbone.spec;
  const metadata = { backbone: name, backboneLicence: licence };
  return {
    model: exportImageModel(backbone, weights, calibrated.head, metadata, 'sigmoid'),
    thresholds: calibrated.thresholds,
    metrics: scoreLabels(labels, heldOut.targets, calibrated.probabilities, calibrated.thresholds),
    protocol,
    cut,
  };
}

/** The rows of some pictures, view after view. */
function rowsOf(
  { labels, targets, images }: LabelTrainingRequest,
  passes: readonly Float32Array[],
  rows: readonly number[],
): FeatureRows {
  const width = (passes[0]?.length ?? 0) / images.pictures.length;
  const count = rows.length * passes.length;
  const features = new Float32Array(count * width);
  const wanted = new Float32Array(count * labels.length);
  passes.forEach((pass, view) => {
    rows.forEach((image, index) => {
      const row = view * rows.length + index;
      features.set(rowOf(pass, image, width), row * width);
      wanted.set(rowOf(targets, image, labels.length), row * labels.length);
    });
  });
  return { count, features, width, labels: wanted, classes: labels.length };
}

function rowOf(values: Float32Array, row: number, width: number): Float32Array {
  return values.subarray(row * width, (row + 1) * width);
}

function logit(probability: number): number {
  const inside = Math.min(1 - 1e-6, Math.max(1e-6, probability));
  return Math.log(inside / (1 - inside));
}
