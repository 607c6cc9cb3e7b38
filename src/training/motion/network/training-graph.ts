import { differentiate } from '../../onnx/differentiate.js';
import { sizeOf } from '../../onnx/dims.js';
import { GraphBuilder, type Value } from '../../onnx/graph-builder.js';
import { lstmLayer } from '../../onnx/lstm-layer.js';
import type { OnnxModel } from '../../onnx/model.js';
import {
  add,
  concat,
  logSoftmax,
  matMul,
  multiply,
  negate,
  pad,
  reduceSum,
  relu,
  reshape,
  slice,
  transpose,
} from '../../onnx/operators.js';
import { lstmSteps, meanOverTime, type NetworkSpec, type ParameterSpec, parameterSpecs } from './network.js';
import { spectraFeatureCount, spectraState } from './spectra.js';

export interface TrainingGraphOptions {
  /** Number of windows in every batch. */
  readonly batchSize: number;
  /** Whether masks over the input of the first LSTM layer and over the features of spectra are among the inputs. */
  readonly dropout: boolean;
  /** Parameters to make gradients of. */
  readonly trainable: readonly ParameterSpec[];
}

/**
 * One training step as an ONNX graph: forward, loss and gradients.
 *
 * Inputs: `window` `[batch, sizeSamples, channels]`; each parameter under its name; `labels.<head>` `[batch, classes]`,
 * one-hot rows times the window's share of the loss, zero where the label is not known; `dropout`
 * `[steps, batch, features]`, what the input of the first LSTM layer is multiplied with; `dropout.spectra`
 * `[batch, features]`, the same of the features of spectra. Outputs: `loss` and `gradient.<parameter>`. Each branch has a
 * loss of its own, so that it learns as if it were alone.
 */
export function buildTrainingGraph(spec: NetworkSpec, options: TrainingGraphOptions): OnnxModel {
  const graph = new GraphBuilder();
  const { batchSize } = options;
  const window = graph.input('window', [batchSize, spec.sizeSamples, spec.channels]);
  const parameters = new Map(
    parameterSpecs(spec).map((parameter) => [parameter.name, graph.input(parameter.name, parameter.dims)]),
  );
  const weight = (name: string): Value => {
    const value = parameters.get(name);
    if (value === undefined) throw new Error(`the network has no parameter "${name}"`);
    return value;
  };
  const features = pool(graph, convolve(graph, transpose(graph, window, [1, 0, 2]), spec, weight), spec);
  const thinned = options.dropout
    ? multiply(graph, features, graph.input('dropout', features.dims))
    : features;
  const last = recur(graph, thinned, spec, weight);
  const branches = [{ state: last, prefix: 'head' }];
  if (spec.spectra !== undefined) {
    const sizes = { ...spec, spectra: spec.spectra };
    const mask = options.dropout
      ? graph.input('dropout.spectra', [batchSize, spectraFeatureCount(sizes)])
      : undefined;
    branches.push({ state: spectraState(graph, window, sizes, weight, mask), prefix: 'spectra.head' });
  }
  const losses = spec.heads.flatMap(({ name, classes }) => {
    const labels = graph.input(`labels.${name}`, [batchSize, classes.length]);
    return branches.map(({ state, prefix }) => {
      const kernel = weight(`${prefix}.${name}.kernel`);
      const logits = add(graph, matMul(graph, state, kernel), weight(`${prefix}.${name}.bias`));
      return negate(graph, reduceSum(graph, multiply(graph, labels, logSoftmax(graph, logits)), [0, 1]));
    });
  });
  const loss = losses.reduce((sum, part) => add(graph, sum, part));
  const gradients = differentiate(
    graph,
    loss,
    options.trainable.map((parameter) => weight(parameter.name)),
  );
  graph.output('loss', loss);
  options.trainable.forEach((parameter, index) => {
    const gradient = gradients[index];
    if (gradient !== undefined) graph.output(`gradient.${parameter.name}`, gradient);
  });
  return { graph: graph.build('training_step'), opset: 17, producer: 'alongside', metadata: {} };
}

type WeightByName = (name: string) => Value;

/** Convolutions over time with zero padding and ReLU, on time-major `[steps, batch, channels]`. */
function convolve(graph: GraphBuilder, x: Value, spec: NetworkSpec, weight: WeightByName): Value {
  let features = x;
  for (let n = 1; n <= spec.convolutions; n++) {
    const kernel = weight(`conv${n}.kernel`);
    const taps = sizeOf(kernel.dims, 0);
    const matrix = reshape(graph, kernel, [taps * sizeOf(kernel.dims, 1), sizeOf(kernel.dims, 2)]);
    const sums = matMul(graph, unfold(graph, features, taps), matrix);
    features = relu(graph, add(graph, sums, weight(`conv${n}.bias`)));
  }
  return features;
}

/** Means of neighbouring steps, `[steps, batch, filters]`. */
function pool(graph: GraphBuilder, x: Value, spec: NetworkSpec): Value {
  const { poolSamples = 1 } = spec;
  if (poolSamples === 1) return x;
  const grouped = reshape(graph, x, [lstmSteps(spec), poolSamples, sizeOf(x.dims, 1), sizeOf(x.dims, 2)]);
  return multiply(graph, reduceSum(graph, grouped, [1]), graph.scalar(1 / poolSamples));
}

/** Lays the neighbours of each step side by side: `[steps, batch, taps * channels]`. */
function unfold(graph: GraphBuilder, x: Value, taps: number): Value {
  const steps = sizeOf(x.dims, 0);
  const reach = (taps - 1) / 2;
  const padded = pad(graph, x, 0, reach, reach);
  const shifted = Array.from({ length: taps }, (_, tap) => slice(graph, padded, 0, tap, tap + steps));
  return concat(graph, shifted, -1);
}

/** LSTM layers; the hidden state after the last step, or the mean over all, `[batch, cells]`. */
function recur(graph: GraphBuilder, x: Value, spec: NetworkSpec, weight: WeightByName): Value {
  let sequence = x;
  for (let n = 1; n <= spec.lstmLayers; n++) {
    sequence = lstmLayer(graph, sequence, {
      kernel: weight(`lstm${n}.kernel`),
      recurrent: weight(`lstm${n}.recurrent`),
      bias: weight(`lstm${n}.bias`),
    });
  }
  if (spec.readout === 'mean') return meanOverTime(graph, sequence, lstmSteps(spec));
  const last = slice(graph, sequence, 0, lstmSteps(spec) - 1, lstmSteps(spec));
  return reshape(graph, last, [sizeOf(x.dims, 1), spec.cells]);
}
