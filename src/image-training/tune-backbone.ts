import type { Backbone } from '../backbones/backbone.js';
import { GatewayError, messageOf } from '../errors.js';
import { chooseCut } from './choose-cut.js';
import { DEFAULT_FINE_TUNE_OPTIONS, type FineTuned, fineTune } from './fine-tune.js';
import { rowsOf, trainHead } from './head-rows.js';
import { applySoftmaxHead, type SoftmaxHead } from './softmax-head.js';
import { type ImageSplit, stratifiedFolds } from './split-images.js';
import { takeUpperPart, type UpperPart } from './upper-part.js';
import { makePasses, type ViewRequest } from './view-passes.js';

export interface TuneRequest extends ViewRequest {
  /** Stronger networks whose features and guesses the blocks learn to have. */
  readonly teachers: readonly Backbone[];
  /** Tensor above which blocks are trained; by default {@link chooseCut} finds one. */
  readonly cut: string | undefined;
  readonly epochs: number;
  /** Numbers of the images to train on, and of those that tell whether it paid. */
  readonly split: ImageSplit;
  /** What an image of each class counts. */
  readonly classWeights: readonly number[];
}

export interface TuneProgress {
  readonly signal: AbortSignal;
  readonly onProgress: (phase: string, done: number, detail?: string) => void;
}

const TEACHER_FOLDS = 5;

/**
 * Fine-tunes the upper blocks of a backbone and a head on cached activations of the lower ones.
 *
 * @throws GatewayError `MODEL_INVALID` when the blocks cannot be trained
 */
export async function tuneBackbone(
  request: TuneRequest,
  head: SoftmaxHead,
  { signal, onProgress }: TuneProgress,
): Promise<FineTuned & { readonly cut: string }> {
  const { backbone, images, epochs, threads, seed, classWeights, split } = request;
  const cut = request.cut ?? chooseCut(backbone);
  const passes = await makePasses(request, cut, request.teachers, {
    signal,
    onProgress: (done) => onProgress('views', done),
  });
  const [first] = passes;
  if (first === undefined) throw new GatewayError('TRAINING_FAILED', 'there are no views to fine-tune on');
  const softTargets = await softTargetsOf(request, first.teacher);
  const tuned = await fineTune(
    {
      part: upperPartOf(backbone, cut, first.dims),
      passes,
      labels: images.labels,
      images: split.train,
      heldOut: split.test,
      classes: images.classes.length,
      classWeights,
      softTargets,
      head,
    },
    { ...DEFAULT_FINE_TUNE_OPTIONS, epochs, threads, seed },
    signal,
    (done, loss) => onProgress('fine-tuning', done, `loss ${loss.toFixed(3)}`),
  );
  return { ...tuned, cut };
}

function upperPartOf({ model, spec }: Backbone, cut: string, dims: readonly number[]): UpperPart {
  try {
    return takeUpperPart(model, spec.feature, cut, dims);
  } catch (error) {
    throw new GatewayError(
      'MODEL_INVALID',
      `${spec.name} cannot be fine-tuned above "${cut}": ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/**
 * What the teachers take each image for: heads on their features that have not seen the image. Without teachers equal
 * shares, which is label smoothing.
 */
async function softTargetsOf(
  { images, seed, classWeights }: TuneRequest,
  teacher: Float32Array | undefined,
): Promise<Float32Array> {
  const { labels } = images;
  const classes = images.classes.length;
  const targets = new Float32Array(labels.length * classes).fill(1 / classes);
  if (teacher === undefined) return targets;
  const rows = { labels, classes, passes: [teacher] };
  for (const { train, test } of stratifiedFolds(labels, TEACHER_FOLDS, seed)) {
    const head = await trainHead(rows, train, { classWeights, seed });
    const guesses = applySoftmaxHead(head, rowsOf(rows, test).features, test.length);
    test.forEach((image, row) => {
      targets.set(guesses.subarray(row * classes, (row + 1) * classes), image * classes);
    });
  }
  return targets;
}
