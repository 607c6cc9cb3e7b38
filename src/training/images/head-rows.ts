import {
  DEFAULT_HEAD_OPTIONS,
  type FeatureRows,
  type SoftmaxHead,
  trainSoftmaxHead,
} from './softmax-head.js';
import { holdOut, type ImageSplit } from './split-images.js';

/** Features of every image in several views. */
export interface HeadRows {
  /** Class of each image. */
  readonly labels: readonly number[];
  readonly classes: number;
  /** One a view: `[images, width]`. */
  readonly passes: readonly Float32Array[];
}

/** Share of each class that is not trained on: early stopping looks at it. */
const HELD_OUT_SHARE = 0.1;

/** The images that a head of all images is trained on, and those that are put aside. */
export function headSplit(labels: readonly number[], seed: number): ImageSplit {
  return holdOut(labels, HELD_OUT_SHARE, seed);
}

/** Trains a head on some images in all their views; it stops by images among them that are put aside. */
export async function trainHead(
  rows: HeadRows,
  images: readonly number[],
  options: { readonly classWeights: readonly number[]; readonly seed: number },
): Promise<SoftmaxHead> {
  const split = headSplit(
    images.map((image) => rows.labels[image] ?? 0),
    options.seed,
  );
  const pick = (positions: readonly number[]): number[] =>
    positions.flatMap((position) => images.slice(position, position + 1));
  const plain = { ...rows, passes: rows.passes.slice(0, 1) };
  return await trainSoftmaxHead(rowsOf(rows, pick(split.train)), rowsOf(plain, pick(split.test)), {
    ...DEFAULT_HEAD_OPTIONS,
    link: 'softmax',
    classWeights: options.classWeights,
  });
}

/** The rows of some images, view after view. */
export function rowsOf({ labels, classes, passes }: HeadRows, images: readonly number[]): FeatureRows {
  const width = (passes[0]?.length ?? 0) / labels.length;
  const count = images.length * passes.length;
  const features = new Float32Array(count * width);
  const wanted = new Float32Array(count * classes);
  passes.forEach((pass, view) => {
    images.forEach((image, index) => {
      const row = view * images.length + index;
      features.set(pass.subarray(image * width, (image + 1) * width), row * width);
      wanted[row * classes + (labels[image] ?? 0)] = 1;
    });
  });
  return { count, features, width, labels: wanted, classes };
}
