import { type ParameterSpec, viewOf } from '../motion/network/network.js';
import { Adam } from '../motion/run/adam.js';
import { createRandom, type Random, shuffled } from '../random.js';
import { createFineTuneEngine, type FineTuneBatch, type FineTuneEngine } from './fine-tune-engine.js';
import type { HeadLink, SoftmaxHead } from './softmax-head.js';
import { initialWeights, type UpperPart } from './upper-part.js';
import type { ViewPass } from './view-passes.js';

export interface FineTuneOptions {
  readonly epochs: number;
  readonly batchSize: number;
  /** Of Adam, after warm-up; falls to zero as a cosine does. */
  readonly learningRate: number;
  readonly warmUpSteps: number;
  readonly weightDecay: number;
  /** Share of the images that another image is blended into (mixup, Zhang et al. 2018), at the cut. */
  readonly mixShare: number;
  /** What the squared error of the teachers' features counts beside the cross entropy. */
  readonly teacherWeight: number;
  /** Steps over which weights are averaged exponentially; the averages are the result. */
  readonly averagedSteps: number;
  readonly threads: number;
  readonly seed: number;
}

export const DEFAULT_FINE_TUNE_OPTIONS: Omit<FineTuneOptions, 'threads' | 'seed'> = {
  epochs: 12,
  batchSize: 32,
  learningRate: 5e-4,
  warmUpSteps: 100,
  weightDecay: 0.01,
  mixShare: 0.5,
  teacherWeight: 3,
  averagedSteps: 100,
};

export interface FineTuneData {
  readonly part: UpperPart;
  readonly passes: readonly ViewPass[];
  /** What each class should have of an image, times what the image counts, `[images, classes]`. */
  readonly targets: Float32Array;
  /** softmax: one class an image; sigmoid: each class is there or not. */
  readonly link: HeadLink;
  /** Numbers of the images to train on. */
  readonly images: readonly number[];
  /** Numbers of images that are only looked at when training is over. */
  readonly heldOut: readonly number[];
  readonly classes: number;
  /** Where the head begins. */
  readonly head: SoftmaxHead;
}

/** A part of a backbone with its head, trained. */
export interface FineTuned {
  /** By the names of {@link UpperPart.parameters}. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly head: SoftmaxHead;
  /** What it makes of the held-out images, `[heldOut, classes]`. */
  readonly heldOut: Float32Array;
}

/**
 * Trains the upper blocks of a backbone and its head on cached activations. Every epoch shows each image once, in one of
 * its views.
 */
export async function fineTune(
  data: FineTuneData,
  options: FineTuneOptions,
  signal: AbortSignal,
  onProgress: (done: number, loss: number) => void,
): Promise<FineTuned> {
  const maker = new BatchMaker(data, options);
  await using engine = await createFineTuneEngine(
    {
      part: data.part,
      batchSize: options.batchSize,
      classes: data.classes,
      link: data.link,
      teacherFeatures: maker.teacherFeatures,
      teacherWeight: options.teacherWeight,
    },
    options.threads,
  );
  const weights = startingWeights(data, engine.parameters);
  const averages = weights.slice();
  const adam = new Adam(weights.length);
  const random = createRandom(options.seed, 1);
  const stepsPerEpoch = Math.max(1, Math.floor(data.images.length / options.batchSize));
  const steps = options.epochs * stepsPerEpoch;
  let order: number[] = [];
  for (let step = 0; step < steps; step++) {
    signal.throwIfAborted();
    if (step % stepsPerEpoch === 0) order = shuffled(data.images, random);
    const at = (step % stepsPerEpoch) * options.batchSize;
    const batch = maker.make(order.slice(at, at + options.batchSize), random);
    const { loss, gradients } = await engine.step(batch, weights);
    adam.step(weights, gradients, learningRateAt(step, steps, options), options.weightDecay);
    average(averages, weights, Math.min(step / (step + 10), 1 - 1 / options.averagedSteps));
    onProgress((step + 1) / steps, loss);
  }
  return { ...resultOf(engine, averages), heldOut: await predictHeldOut(data, engine, averages, options) };
}

async function predictHeldOut(
  { part, passes, heldOut, classes }: FineTuneData,
  engine: FineTuneEngine,
  weights: Float32Array,
  { batchSize }: FineTuneOptions,
): Promise<Float32Array> {
  const rowLength = part.cutDims.reduce((product, size) => product * size, 1);
  const result = new Float32Array(heldOut.length * classes);
  for (let from = 0; from < heldOut.length; from += batchSize) {
    const images = heldOut.slice(from, from + batchSize);
    const activations = new Float32Array(batchSize * rowLength);
    images.forEach((image, row) => {
      passes[0]?.rows.addTo(image, activations, row * rowLength);
    });
    const probabilities = await engine.predict(activations, weights);
    result.set(probabilities.subarray(0, images.length * classes), from * classes);
  }
  return result;
}

/** Rises from zero, then falls as a cosine does. */
export function learningRateAt(
  step: number,
  steps: number,
  { learningRate, warmUpSteps }: Pick<FineTuneOptions, 'learningRate' | 'warmUpSteps'>,
): number {
  const warm = Math.min(1, (step + 1) / Math.max(1, Math.min(warmUpSteps, steps / 4)));
  return learningRate * warm * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
}

function average(averages: Float32Array, weights: Float32Array, kept: number): void {
  for (let at = 0; at < averages.length; at++) {
    averages[at] = kept * (averages[at] ?? 0) + (1 - kept) * (weights[at] ?? 0);
  }
}

function startingWeights(data: FineTuneData, parameters: readonly ParameterSpec[]): Float32Array {
  const last = parameters.at(-1);
  const weights = new Float32Array(last === undefined ? 0 : last.offset + last.length);
  weights.set(initialWeights(data.part));
  const set = (name: string, values: Float32Array): void => {
    const spec = parameters.find((parameter) => parameter.name === name);
    if (spec !== undefined) viewOf(weights, spec).set(values);
  };
  set('head.kernel', data.head.kernel);
  set('head.bias', data.head.bias);
  return weights;
}

function resultOf({ parameters }: FineTuneEngine, weights: Float32Array): Omit<FineTuned, 'heldOut'> {
  const all = new Map(parameters.map((spec) => [spec.name, viewOf(weights, spec).slice()]));
  const kernel = all.get('head.kernel') ?? new Float32Array();
  const bias = all.get('head.bias') ?? new Float32Array();
  for (const name of ['head.kernel', 'head.bias', 'teacher.kernel', 'teacher.bias']) all.delete(name);
  return { weights: all, head: { kernel, bias, steps: 0 } };
}

/** Makes batches of views, some of them blended with another image's. */
class BatchMaker {
  readonly teacherFeatures: number;
  readonly #data: FineTuneData;
  readonly #options: FineTuneOptions;
  readonly #mean: Float64Array;
  readonly #scale: Float64Array;

  constructor(data: FineTuneData, options: FineTuneOptions) {
    this.#data = data;
    this.#options = options;
    const taught = data.passes[0]?.teacher;
    this.teacherFeatures = taught === undefined ? 0 : taught.length / (data.targets.length / data.classes);
    const { mean, scale } = momentsOf(taught ?? new Float32Array(), this.teacherFeatures);
    this.#mean = mean;
    this.#scale = scale;
  }

  make(images: readonly number[], random: Random): FineTuneBatch {
    const { batchSize, mixShare } = this.#options;
    const { part, classes, targets } = this.#data;
    const rowLength = part.cutDims.reduce((product, size) => product * size, 1);
    const activations = new Float32Array(batchSize * rowLength);
    const wanted = new Float32Array(batchSize * classes);
    const teacher = this.teacherFeatures > 0 ? new Float32Array(batchSize * this.teacherFeatures) : undefined;
    images.forEach((image, row) => {
      const blended = random.uniform() < mixShare ? random.uniform() / 2 : 0;
      const other = images[random.below(images.length)] ?? image;
      for (const [index, share] of [
        [image, 1 - blended],
        [other, blended],
      ] as const) {
        if (share === 0) continue;
        const pass = this.#data.passes[random.below(this.#data.passes.length)];
        pass?.rows.addTo(index, activations, row * rowLength, share);
        for (let at = 0; at < classes; at++) {
          const target = row * classes + at;
          wanted[target] = (wanted[target] ?? 0) + share * (targets[index * classes + at] ?? 0);
        }
        if (pass?.teacher && teacher) this.#addTeacher(pass.teacher, index, share, teacher, row);
      }
    });
    return { activations, labels: wanted, teacher };
  }

  #addTeacher(from: Float32Array, image: number, share: number, target: Float32Array, row: number): void {
    const width = this.teacherFeatures;
    for (let at = 0; at < width; at++) {
      const value = ((from[image * width + at] ?? 0) - (this.#mean[at] ?? 0)) * (this.#scale[at] ?? 0);
      target[row * width + at] = (target[row * width + at] ?? 0) + share * value;
    }
  }
}

/** Mean of each column, and the factor that makes its deviation 1; nearly constant columns stay small. */
function momentsOf(rows: Float32Array, width: number): { mean: Float64Array; scale: Float64Array } {
  const count = width === 0 ? 0 : rows.length / width;
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  rows.forEach((value, index) => {
    const at = index % width;
    mean[at] = (mean[at] ?? 0) + value / count;
    square[at] = (square[at] ?? 0) + (value * value) / count;
  });
  const scale = square.map((value, at) => 1 / (Math.sqrt(Math.max(0, value - (mean[at] ?? 0) ** 2)) + 1e-2));
  return { mean, scale };
}
