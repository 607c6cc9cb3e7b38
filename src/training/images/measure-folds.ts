import { toUnitLength } from '../../inference/images/image-labels.js';
import { scoreTarget, type TargetMetrics } from '../metrics.js';
import { type HeadRows, rowsOf, trainHead } from './head-rows.js';
import { applySoftmaxHead } from './softmax-head.js';
import { type ImageSplit, stratifiedFolds } from './split-images.js';

/** How images were told that were not trained on: each by what was learnt from the other folds. */
export interface FoldMeasure {
  readonly folds: readonly TargetMetrics[];
  /** What each image was taken for, `[images, classes]`. */
  readonly guesses: Float32Array;
  /** Training of one fold took so long, mean over the folds. */
  readonly foldSeconds: number;
}

export interface FoldRequest {
  readonly classes: readonly string[];
  readonly rows: HeadRows;
  readonly folds: number;
  readonly classWeights: readonly number[];
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onFold: (done: number) => void;
}

/** Trains on the images of `train`, and says what those of `test` are: `[test, classes]`. */
export type TellSplit = (split: ImageSplit) => Promise<Float32Array> | Float32Array;

/** Repeats something for each fold. */
export async function measureFolds(
  { classes, rows, folds, seed, signal, onFold }: Omit<FoldRequest, 'classWeights'>,
  tell: TellSplit,
): Promise<FoldMeasure> {
  const guesses = new Float32Array(rows.labels.length * classes.length);
  const scored: TargetMetrics[] = [];
  const splits = stratifiedFolds(rows.labels, folds, seed);
  const beganMs = performance.now();
  for (const split of splits) {
    signal.throwIfAborted();
    const probabilities = await tell(split);
    scored.push(scoreSplit(classes, rows, split, probabilities));
    split.test.forEach((image, row) => {
      const own = probabilities.subarray(row * classes.length, (row + 1) * classes.length);
      guesses.set(own, image * classes.length);
    });
    onFold(scored.length / splits.length);
  }
  const foldSeconds = (performance.now() - beganMs) / 1000 / Math.max(1, splits.length);
  return { folds: scored, guesses, foldSeconds };
}

/** A head on frozen features, trained in every fold. */
export async function measureHead(request: FoldRequest): Promise<FoldMeasure> {
  const { rows, classWeights, seed } = request;
  return await measureFolds(request, async ({ train, test }) => {
    const head = await trainHead(rows, train, { classWeights, seed });
    return applySoftmaxHead(head, plainRows(rows, test).features, test.length);
  });
}

/** A vote of the images of the other folds that are nearest by the features, as the index of similar items finds them. */
export async function measureNeighbours(request: FoldRequest): Promise<FoldMeasure> {
  const { rows } = request;
  const vectors = rows.labels.map((_, image) => toUnitLength(plainRows(rows, [image]).features));
  return await measureFolds(request, ({ train, test }) => {
    const told = test.map((image) => voteOf(vectors, rows, vectors[image] ?? new Float32Array(), train));
    return Float32Array.from(told.flatMap((shares) => [...shares]));
  });
}

/** Neighbours that have a vote, and how fast what a vote counts falls with the cosine. */
const VOTERS = 10;
const SHARPNESS = 20;

function voteOf(
  vectors: readonly Float32Array[],
  { labels, classes }: HeadRows,
  query: Float32Array,
  among: readonly number[],
): Float32Array {
  const nearest = among
    .map((image) => ({ image, cosine: cosineOf(vectors[image] ?? new Float32Array(), query) }))
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, VOTERS);
  const shares = new Float32Array(classes);
  for (const { image, cosine } of nearest) {
    const label = labels[image] ?? 0;
    shares[label] = (shares[label] ?? 0) + Math.exp(SHARPNESS * (cosine - (nearest[0]?.cosine ?? 1)));
  }
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/** Of vectors of length 1. */
function cosineOf(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

/** The rows of images as they are, without augmentation. */
export function plainRows(rows: HeadRows, images: readonly number[]): ReturnType<typeof rowsOf> {
  return rowsOf({ ...rows, passes: rows.passes.slice(0, 1) }, images);
}

export function scoreSplit(
  classes: readonly string[],
  { labels }: HeadRows,
  { test }: ImageSplit,
  probabilities: Float32Array,
): TargetMetrics {
  return scoreTarget({ classes, truth: test.map((image) => labels[image] ?? 0), probabilities });
}
