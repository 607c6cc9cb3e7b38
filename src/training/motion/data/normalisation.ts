import type { SequenceManifest } from '../../../inference/models/manifest.js';
import { prepareInput } from '../../../inference/models/prepare-input.js';
import type { HyperParameters } from '../network/hyper-parameters.js';
import type { DataSet } from './data-set.js';

/** How windows become inputs: what a manifest says of it. */
export type Normalisation = Pick<
  SequenceManifest,
  'channels' | 'samplingRateHz' | 'centre' | 'knee' | 'mean' | 'std'
>;

/** Channels that hardly change are divided by this instead, so that nothing becomes infinite. */
const SMALLEST_STD = 1e-6;

/**
 * Mean and standard deviation a channel over some windows of a data set, after removal of gravity, centring and
 * compression.
 */
export function fitNormalisation(
  dataSet: DataSet,
  indices: readonly number[],
  { centre, compression }: Pick<HyperParameters, 'centre' | 'compression'>,
): Normalisation {
  const { samplingRateHz } = dataSet;
  const channels = [...dataSet.channels];
  const plain = { channels, samplingRateHz, centre, mean: channels.map(() => 0), std: channels.map(() => 1) };
  const linear = { ...plain, ...momentsOf(dataSet, indices, plain) };
  if (compression === 0) return linear;
  const compressed = { ...plain, knee: linear.std.map((std) => std * compression) };
  return { ...compressed, ...momentsOf(dataSet, indices, compressed) };
}

/** Mean and standard deviation over some windows; centring and knee stay those of another normalisation. */
export function refitNormalisation(
  dataSet: DataSet,
  indices: readonly number[],
  { channels, samplingRateHz, centre, knee }: Normalisation,
): Normalisation {
  const [mean, std] = [channels.map(() => 0), channels.map(() => 1)];
  const plain = { channels, samplingRateHz, centre, ...(knee && { knee }), mean, std };
  return { ...plain, ...momentsOf(dataSet, indices, plain) };
}

/** Of the values that `plain`, which neither shifts nor scales, makes of present samples. */
function momentsOf(
  dataSet: DataSet,
  indices: readonly number[],
  plain: Normalisation,
): Pick<Normalisation, 'mean' | 'std'> {
  const { channels } = plain;
  const width = channels.length;
  const prepared = new Float32Array(dataSet.sizeSamples * width);
  const sums = channels.map(() => ({ count: 0, sum: 0, squares: 0 }));
  for (const index of indices) {
    const window = windowAt(dataSet, index);
    prepareInput(window, plain, prepared, 0);
    prepared.forEach((value, at) => {
      const sum = sums[at % width];
      if (sum === undefined || Number.isNaN(window.values[at])) return;
      sum.count += 1;
      sum.sum += value;
      sum.squares += value * value;
    });
  }
  const mean = sums.map(({ count, sum }) => (count === 0 ? 0 : sum / count));
  const std = sums.map(({ count, squares }, channel) => {
    const variance = count === 0 ? 1 : squares / count - (mean[channel] ?? 0) ** 2;
    return Math.max(Math.sqrt(Math.max(variance, 0)), SMALLEST_STD);
  });
  return { mean, std };
}

/** One window of a data set, sharing its memory. */
export function windowAt(
  dataSet: DataSet,
  index: number,
): { readonly values: Float32Array; readonly gravityToRemove: Uint8Array | undefined } {
  const { sizeSamples, channels, gravityToRemove } = dataSet;
  const length = sizeSamples * channels.length;
  return {
    values: dataSet.values.subarray(index * length, (index + 1) * length),
    gravityToRemove: gravityToRemove?.subarray(index * sizeSamples, (index + 1) * sizeSamples),
  };
}

/** Some windows as the network wants them, one after the other. */
export function normalisedWindows(
  dataSet: DataSet,
  indices: readonly number[],
  normalisation: Normalisation,
): Float32Array {
  const length = dataSet.sizeSamples * dataSet.channels.length;
  const result = new Float32Array(indices.length * length);
  indices.forEach((index, at) => {
    prepareInput(windowAt(dataSet, index), normalisation, result, at * length);
  });
  return result;
}
