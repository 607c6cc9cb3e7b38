import { type Random, shuffled } from '../../random.js';
import type { FeatureTask } from './baseline.js';

/** Some of the windows to learn from, with their classes: all in their order where there are no more than `most`. */
export function sampleWindows(
  { train, labels }: Pick<FeatureTask, 'train' | 'labels'>,
  most: number,
  random: Random,
): { readonly rows: readonly Float64Array[]; readonly labels: readonly number[] } {
  if (train.length <= most) return { rows: train, labels };
  const chosen = shuffled([...train.keys()], random).slice(0, most);
  return {
    rows: chosen.flatMap((index) => train[index] ?? []),
    labels: chosen.flatMap((index) => labels[index] ?? []),
  };
}
