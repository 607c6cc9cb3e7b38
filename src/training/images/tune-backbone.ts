import { GatewayError, messageOf } from '../../shared/errors.js';
import type { Backbone } from '../backbones/backbone.js';
import { type CutPoint, findCutPoints, nodesTowards } from '../onnx/cut-points.js';
import type { Value } from '../onnx/graph-builder.js';
import { DEFAULT_FINE_TUNE_OPTIONS, type FineTuned, fineTune } from './fine-tune.js';
import { buildFineTuneGraph } from './fine-tune-engine.js';
import { rowsOf, trainHead } from './head-rows.js';
import { applySoftmaxHead, type SoftmaxHead } from './softmax-head.js';
import { type ImageSplit, stratifiedFolds } from './split-images.js';
import { shapesOf, takeUpperPart, type UpperPart } from './upper-part.js';
import { makePasses, type ViewPass, type ViewRequest } from './view-passes.js';

export interface TuneRequest extends ViewRequest {
  /** Stronger networks whose features and guesses the blocks learn to have. */
  readonly teachers: readonly Backbone[];
  /** Tensor above which blocks are trained; by default {@link chooseCut} finds one. */
  readonly cut: string | undefined;
  readonly epochs: number;
  /** What an image of each class counts. */
  readonly classWeights: readonly number[];
}

export interface TuneProgress {
  readonly signal: AbortSignal;
  readonly onProgress: (phase: string, done: number, detail?: string) => void;
}

const TEACHER_FOLDS = 5;
/** Share of the label that the soft targets have; what is left is the image's own class. */
const SOFT_SHARE = 0.3;

/** What fine-tuning works on, computed once however often it is repeated. */
export interface PreparedTuning {
  readonly cut: string;
  readonly part: UpperPart;
  readonly passes: readonly ViewPass[];
  /** Computing the passes took so long. */
  readonly seconds: number;
}

/**
 * Computes the activations of the lower blocks for all views, and the teachers' features.
 *
 * @throws GatewayError `MODEL_INVALID` when the upper blocks cannot be trained
 */
export async function prepareTuning(
  request: ViewRequest & Pick<TuneRequest, 'cut' | 'teachers'>,
  { signal, onProgress }: TuneProgress,
): Promise<PreparedTuning> {
  const { backbone, teachers } = request;
  const cut = request.cut ?? chooseCut(backbone);
  const beganMs = performance.now();
  const passes = await makePasses(request, cut, teachers, {
    signal,
    onProgress: (done) => onProgress('views', done),
  });
  const seconds = (performance.now() - beganMs) / 1000;
  return { cut, part: upperPartOf(backbone, cut, passes[0]?.dims ?? []), passes, seconds };
}

/** Fine-tunes the upper blocks of a backbone and a head on some of the images. */
export async function tuneBackbone(
  request: TuneRequest,
  { part, passes }: PreparedTuning,
  head: SoftmaxHead,
  split: ImageSplit,
  { signal, onProgress }: TuneProgress,
): Promise<FineTuned> {
  const { images, epochs, threads, seed } = request;
  const data = {
    part,
    passes,
    targets: await targetsOf(request, split.train, passes[0]?.teacher),
    link: 'softmax' as const,
    images: split.train,
    heldOut: split.test,
    classes: images.classes.length,
    head,
  };
  const options = { ...DEFAULT_FINE_TUNE_OPTIONS, epochs, threads, seed };
  return await fineTune(data, options, signal, (done, loss) =>
    onProgress('fine-tuning', done, `loss ${loss.toFixed(3)}`),
  );
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

/** An image's own class and what else it could be, weighted. */
async function targetsOf(
  request: TuneRequest,
  trained: readonly number[],
  teacher: Float32Array | undefined,
): Promise<Float32Array> {
  const { images, classWeights } = request;
  const classes = images.classes.length;
  const soft = await softTargetsOf(request, trained, teacher);
  return soft.map((share, at) => {
    const label = images.labels[Math.floor(at / classes)] ?? 0;
    const own = at % classes === label ? 1 - SOFT_SHARE : 0;
    return (classWeights[label] ?? 1) * (own + SOFT_SHARE * share);
  });
}

/**
 * What the teachers take the training images for: heads on their features that have not seen the image. Equal shares for
 * other images and without teachers, which is label smoothing.
 */
async function softTargetsOf(
  { images, seed, classWeights }: TuneRequest,
  trained: readonly number[],
  teacher: Float32Array | undefined,
): Promise<Float32Array> {
  const { labels } = images;
  const classes = images.classes.length;
  const targets = new Float32Array(labels.length * classes).fill(1 / classes);
  if (teacher === undefined) return targets;
  const rows = { labels, classes, passes: [teacher] };
  const numbers = (positions: readonly number[]): number[] =>
    positions.flatMap((position) => trained.slice(position, position + 1));
  const known = trained.map((image) => labels[image] ?? 0);
  for (const { train, test } of stratifiedFolds(known, TEACHER_FOLDS, seed)) {
    const asked = numbers(test);
    const head = await trainHead(rows, numbers(train), { classWeights, seed });
    const guesses = applySoftmaxHead(head, rowsOf(rows, asked).features, asked.length);
    asked.forEach((image, row) => {
      targets.set(guesses.subarray(row * classes, (row + 1) * classes), image * classes);
    });
  }
  return targets;
}

/** Convolutions that stay as they are: the first ones see edges and colours, which all photographs have. */
const FROZEN_SHARE = 0.4;

/**
 * The tensor above which a backbone is fine-tuned: the first after two fifths of its convolutions from which on all
 * operators have gradients.
 *
 * @throws GatewayError `MODEL_INVALID` when there is none
 */
export function chooseCut(backbone: Backbone): string {
  const { model, spec } = backbone;
  const nodes = nodesTowards(model.graph, [spec.feature]);
  const points = findCutPoints(model.graph, spec.feature).slice(0, -1);
  const convolutions = (count: number): number =>
    nodes.slice(0, count).filter(({ opType }) => opType === 'Conv').length;
  const wanted = FROZEN_SHARE * convolutions(nodes.length);
  const values = shapesOf(backbone);
  const found = points.find(
    (point) => convolutions(point.after) >= wanted && isTrainable(backbone, point, values),
  );
  if (found !== undefined) return found.name;
  throw new GatewayError('MODEL_INVALID', `${spec.name} has no upper part that can be fine-tuned`);
}

function isTrainable(
  { model, spec }: Backbone,
  { name }: CutPoint,
  values: ReadonlyMap<string, Value>,
): boolean {
  const dims = values.get(name)?.dims.slice(1).map(Number) ?? [];
  try {
    const part = takeUpperPart(model, spec.feature, name, dims);
    buildFineTuneGraph({
      part,
      batchSize: 1,
      classes: 2,
      link: 'softmax',
      teacherFeatures: 0,
      teacherWeight: 0,
    });
    return part.parameters.length > 0;
  } catch {
    // An operator without a gradient; further up there may be none.
    return false;
  }
}
