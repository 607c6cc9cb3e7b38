import type { GraphBuilder, Value } from '../../onnx/graph-builder.js';
import {
  add,
  clip,
  concat,
  convolve,
  flatten,
  log,
  matMul,
  multiply,
  reduceSum,
  relu,
  slice,
  sqrt,
  subtract,
  transpose,
  unsqueeze,
} from '../../onnx/operators.js';

/** Axes of a sensor, whose magnitude is a signal of its own: it does not depend on how the sensor is turned. */
const AXES = 3;
/** Frequencies below this many steps of a segment's spectrum are also taken from the whole window, which tells them apart. */
const SLOW_STEPS = 5;
/** Added to powers before the logarithm; signals have a standard deviation of about 1. */
const SMALLEST_POWER = 1e-3;
/** Features are limited to this many standard deviations. */
const LARGEST_FEATURE = 5;

/** The branch of a network that looks at frequencies. */
export interface SpectraSpec {
  /** Length of the segments whose spectra are averaged. */
  readonly segmentSamples: number;
  /** Of its hidden layer. */
  readonly units: number;
}

/** What the features of a window depend on. */
export interface SpectraSizes {
  readonly sizeSamples: number;
  readonly channels: number;
  readonly spectra: SpectraSpec;
}

/** Number of features of a window. */
export function spectraFeatureCount({ sizeSamples, channels, spectra }: SpectraSizes): number {
  const signals = channels + Math.floor(channels / AXES);
  return signals * (2 * fastBins(spectra) + slowBins(sizeSamples, spectra));
}

/**
 * What a window's frequencies look like, `[batch, features]`: of each channel and each sensor's magnitude the logarithm of
 * the mean power in half-overlapping segments (Welch 1967), the standard deviation of its logarithm from segment to segment,
 * and the power of slow movements over the whole window.
 *
 * @param window `[batch, sizeSamples, channels]`, normalised
 */
export function spectraFeatures(graph: GraphBuilder, window: Value, sizes: SpectraSizes): Value {
  const { sizeSamples, spectra } = sizes;
  const { segmentSamples } = spectra;
  const signals = signalsOf(graph, window, sizes);
  const fast = powers(graph, signals, 'fast', segmentSamples, fastBins(spectra));
  const slow = powers(graph, signals, 'slow', sizeSamples, slowBins(sizeSamples, spectra));
  const features = [
    log(graph, meanOfSegments(graph, fast)),
    deviationOfSegments(graph, log(graph, fast)),
    log(graph, meanOfSegments(graph, slow)),
  ];
  return concat(
    graph,
    features.map((feature) => flatten(graph, feature)),
    1,
  );
}

/**
 * The hidden layer over the features, `[batch, units]`.
 *
 * @param weight parameters by name, see `parameterSpecs`
 * @param dropout `[batch, features]`, what the features are multiplied with
 */
export function spectraState(
  graph: GraphBuilder,
  window: Value,
  sizes: SpectraSizes,
  weight: (name: string) => Value,
  dropout?: Value,
): Value {
  const centred = subtract(graph, spectraFeatures(graph, window, sizes), weight('spectra.mean'));
  const scaled = multiply(graph, centred, weight('spectra.scale'));
  const limited = clip(graph, scaled, -LARGEST_FEATURE, LARGEST_FEATURE);
  const features = dropout === undefined ? limited : multiply(graph, limited, dropout);
  const sums = add(
    graph,
    matMul(graph, features, weight('spectra.hidden.kernel')),
    weight('spectra.hidden.bias'),
  );
  return relu(graph, sums);
}

function fastBins({ segmentSamples }: SpectraSpec): number {
  return Math.floor(segmentSamples / 2);
}

function slowBins(sizeSamples: number, { segmentSamples }: SpectraSpec): number {
  return Math.min(Math.floor((SLOW_STEPS * sizeSamples) / segmentSamples), Math.floor(sizeSamples / 2));
}

/** Channels, then the magnitude of each sensor: `[batch, 1, signals, sizeSamples]`. */
function signalsOf(graph: GraphBuilder, window: Value, { channels }: SpectraSizes): Value {
  const magnitudes = Array.from({ length: Math.floor(channels / AXES) }, (_, sensor) => {
    const axes = slice(graph, window, 2, sensor * AXES, (sensor + 1) * AXES);
    return sqrt(graph, reduceSum(graph, multiply(graph, axes, axes), [2], true));
  });
  const all = magnitudes.length === 0 ? window : concat(graph, [window, ...magnitudes], 2);
  return unsqueeze(graph, transpose(graph, all, [0, 2, 1]), 1);
}

/** The power of each bin in half-overlapping segments, `[batch, bins, signals, segments]`: a convolution with waves. */
function powers(
  graph: GraphBuilder,
  signals: Value,
  name: 'fast' | 'slow',
  samples: number,
  bins: number,
): Value {
  const waves = graph.initialiser(`spectra.waves.${name}`, {
    type: 'float32',
    dims: [2 * bins, 1, 1, samples],
    data: wavesOf(samples, bins),
  });
  const strides = [1, Math.max(1, Math.floor(samples / 2))];
  const parts = convolve(graph, signals, waves, undefined, { strides });
  const [real, imaginary] = [slice(graph, parts, 1, 0, bins), slice(graph, parts, 1, bins, 2 * bins)];
  const power = add(graph, multiply(graph, real, real), multiply(graph, imaginary, imaginary));
  return add(graph, power, graph.scalar(SMALLEST_POWER));
}

/** Cosines, then sines, of the frequencies from bin 1 on, under a Hann window, and blind to the segment's mean. */
function wavesOf(samples: number, bins: number): Float32Array {
  const data = new Float32Array(2 * bins * samples);
  for (let row = 0; row < 2 * bins; row++) {
    const turns = (row % bins) + 1;
    const shift = row < bins ? 0 : Math.PI / 2;
    const wave = Float64Array.from({ length: samples }, (_, at) => {
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / (samples - 1));
      return hann * Math.cos((2 * Math.PI * turns * at) / samples - shift);
    });
    const mean = wave.reduce((sum, value) => sum + value, 0) / samples;
    data.set(
      wave.map((value) => value - mean),
      row * samples,
    );
  }
  return data;
}

/** Over the segments of `[batch, bins, signals, segments]`. */
function meanOfSegments(graph: GraphBuilder, x: Value): Value {
  return multiply(graph, reduceSum(graph, x, [3]), graph.scalar(1 / Number(x.dims[3])));
}

function deviationOfSegments(graph: GraphBuilder, x: Value): Value {
  const mean = meanOfSegments(graph, x);
  const variance = subtract(graph, meanOfSegments(graph, multiply(graph, x, x)), multiply(graph, mean, mean));
  // Rounding may make the variance of equal values a little less than zero.
  return sqrt(graph, relu(graph, variance));
}
