import { createRandom, shuffled } from '../random.js';

export interface ImageSplit {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/**
 * Splits images into folds with as many of each class in every fold as goes; each image is tested once.
 *
 * @param labels class of each image
 */
export function stratifiedFolds(labels: readonly number[], folds: number, seed: number): ImageSplit[] {
  const foldOf = new Map<number, number>();
  let next = 0;
  for (const label of [...new Set(labels)].sort((a, b) => a - b)) {
    const own = labels.flatMap((other, index) => (other === label ? [index] : []));
    for (const index of shuffled(own, createRandom(seed, label))) {
      foldOf.set(index, next % folds);
      next += 1;
    }
  }
  return Array.from({ length: folds }, (_, fold) => ({
    train: labels.flatMap((__, index) => (foldOf.get(index) === fold ? [] : [index])),
    test: labels.flatMap((__, index) => (foldOf.get(index) === fold ? [index] : [])),
  }));
}

/**
 * Folds whose images are blocks of neighbours: what was photographed on one occasion stays on one side.
 *
 * @param neighbours images of a block
 */
export function neighbourFolds(images: number, folds: number, neighbours: number): ImageSplit[] {
  const size = Math.max(1, Math.min(neighbours, Math.floor(images / folds)));
  const all = Array.from({ length: images }, (_, index) => index);
  const foldOf = (index: number): number => Math.floor(index / size) % folds;
  return Array.from({ length: folds }, (_, fold) => ({
    train: all.filter((index) => foldOf(index) !== fold),
    test: all.filter((index) => foldOf(index) === fold),
  }));
}

/**
 * Puts a share of every class aside, at least one image of each that has two.
 *
 * @param share of each class, 0..1
 */
export function holdOut(labels: readonly number[], share: number, seed: number): ImageSplit {
  const test = new Set<number>();
  for (const label of new Set(labels)) {
    const own = labels.flatMap((other, index) => (other === label ? [index] : []));
    const count = own.length < 2 ? 0 : Math.max(1, Math.round(own.length * share));
    for (const index of shuffled(own, createRandom(seed, label)).slice(0, count)) test.add(index);
  }
  const all = labels.map((_, index) => index);
  return { train: all.filter((index) => !test.has(index)), test: all.filter((index) => test.has(index)) };
}
