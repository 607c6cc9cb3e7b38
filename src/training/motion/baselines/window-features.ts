import { AXIS_COUNT } from '../../../domain/samples.js';

/** Octaves of which the energy is told; slower movement than the last is in the mean. */
const OCTAVES = 6;
/** Energies are told as logarithms; nothing is taken for less than this. */
const SMALLEST_ENERGY = 1e-6;

/**
 * Hand-made features of a window: for each axis and each sensor's magnitude mean, spread, quartiles, extremes, roughness,
 * crossings of the mean and energy by octave; for each sensor the correlations of its axes.
 *
 * @param window `[sizeSamples, channels]`, three channels a sensor, nothing missing
 */
export function windowFeatures(window: Float32Array, channels: number): Float64Array {
  const features: number[] = [];
  for (let first = 0; first < channels; first += AXIS_COUNT) {
    const axes = [0, 1, 2].map((axis) => columnOf(window, first + axis, channels));
    for (const series of [...axes, magnitudeOf(axes)]) features.push(...seriesFeatures(series));
    for (const [one, other] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      features.push(correlation(axes[one] ?? new Float64Array(), axes[other] ?? new Float64Array()));
    }
  }
  return Float64Array.from(features);
}

function columnOf(window: Float32Array, column: number, width: number): Float64Array {
  return Float64Array.from({ length: window.length / width }, (_, row) => window[row * width + column] ?? 0);
}

function magnitudeOf(axes: readonly Float64Array[]): Float64Array {
  return Float64Array.from(axes[0] ?? [], (_, row) => Math.hypot(...axes.map((axis) => axis[row] ?? 0)));
}

function seriesFeatures(series: Float64Array): number[] {
  const mean = meanOf(series);
  const sorted = series.toSorted();
  const quantile = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  let squares = 0;
  let steps = 0;
  let crossings = 0;
  series.forEach((value, row) => {
    const before = series[row - 1] ?? value;
    squares += (value - mean) ** 2;
    steps += Math.abs(value - before);
    if (value >= mean !== before >= mean) crossings += 1;
  });
  return [
    mean,
    Math.sqrt(squares / series.length),
    ...[0, 0.25, 0.5, 0.75, 1].map(quantile),
    steps / series.length,
    crossings / series.length,
    ...octaveEnergies(series),
  ];
}

/** Logarithms of the energy in each octave, from the fastest: the details of a Haar wavelet transform. */
function octaveEnergies(series: Float64Array): number[] {
  let smooth = series;
  return Array.from({ length: OCTAVES }, () => {
    const pairs = Math.floor(smooth.length / 2);
    const half = new Float64Array(pairs);
    let energy = 0;
    for (let pair = 0; pair < pairs; pair++) {
      const one = smooth[2 * pair] ?? 0;
      const other = smooth[2 * pair + 1] ?? 0;
      half[pair] = (one + other) / 2;
      energy += (one - other) ** 2 / 2;
    }
    smooth = half;
    return Math.log(Math.max(SMALLEST_ENERGY, pairs === 0 ? 0 : energy / pairs));
  });
}

/** Pearson's correlation; 0 where one of the two does not change. */
function correlation(one: Float64Array, other: Float64Array): number {
  const meanOne = meanOf(one);
  const meanOther = meanOf(other);
  let [product, squaresOne, squaresOther] = [0, 0, 0];
  one.forEach((value, row) => {
    const [a, b] = [value - meanOne, (other[row] ?? 0) - meanOther];
    product += a * b;
    squaresOne += a * a;
    squaresOther += b * b;
  });
  const scale = Math.sqrt(squaresOne * squaresOther);
  return scale === 0 ? 0 : product / scale;
}

function meanOf(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
