import { GraphBuilder, type Value } from '../../onnx/graph-builder.js';
import type { OnnxModel } from '../../onnx/model.js';
import { add, matMul, multiply, relu, softmax, transpose } from '../../onnx/operators.js';
import {
  lstmSteps,
  meanOverTime,
  type NetworkSpec,
  type ParameterSpec,
  parameterSpecs,
  viewOf,
} from './network.js';
import { spectraState } from './spectra.js';

/**
 * The trained network as an ONNX model for serving: input `window` `[batch, sizeSamples, channels]`, one output a head
 * with its probabilities `[batch, classes]`.
 *
 * @param heads names of the heads to keep; the others only helped training
 */
export function buildInferenceModel(
  spec: NetworkSpec,
  parameters: Float32Array,
  heads: readonly string[],
  metadata: Readonly<Record<string, string>> = {},
): OnnxModel {
  const graph = new GraphBuilder();
  const weights = new Weights(graph, spec, parameters);
  const window = graph.input('window', ['batch', spec.sizeSamples, spec.channels]);
  let features = transpose(graph, window, [0, 2, 1]);
  for (let n = 1; n <= spec.convolutions; n++) features = convolve(graph, features, weights, n);
  let sequence = transpose(graph, pool(graph, features, spec), [2, 0, 1]);
  for (let n = 1; n < spec.lstmLayers; n++) sequence = recur(graph, sequence, spec, weights, n, 'sequence');
  const state = readOut(graph, sequence, spec, weights);
  const { spectra } = spec;
  const plain = (name: string): Value => weights.plain(name);
  const frequencies = spectra && spectraState(graph, window, { ...spec, spectra }, plain);
  for (const head of heads) {
    const probabilities = classify(graph, state, weights, `head.${head}`);
    graph.output(
      head,
      frequencies === undefined
        ? probabilities
        : meanOf(graph, probabilities, classify(graph, frequencies, weights, `spectra.head.${head}`)),
    );
  }
  return { graph: graph.build('cnn_lstm'), opset: 17, producer: 'alongside', metadata };
}

/** Probabilities of a head, `[batch, classes]`. */
function classify(graph: GraphBuilder, state: Value, weights: Weights, head: string): Value {
  const kernel = weights.plain(`${head}.kernel`);
  return softmax(graph, add(graph, matMul(graph, state, kernel), weights.plain(`${head}.bias`)));
}

function meanOf(graph: GraphBuilder, a: Value, b: Value): Value {
  return multiply(graph, add(graph, a, b), graph.scalar(0.5));
}

function convolve(graph: GraphBuilder, x: Value, weights: Weights, n: number): Value {
  const kernel = weights.convolutionKernel(n);
  const [filters = 0, , taps = 1] = kernel.dims;
  const reach = (Number(taps) - 1) / 2;
  const [batch = 'batch', , steps = 'steps'] = x.dims;
  const sums = graph.single('Conv', [x, kernel, weights.plain(`conv${n}.bias`)], [batch, filters, steps], {
    kernel_shape: { ints: [Number(taps)] },
    pads: { ints: [reach, reach] },
  });
  return relu(graph, sums);
}

function pool(graph: GraphBuilder, x: Value, spec: NetworkSpec): Value {
  const { poolSamples = 1 } = spec;
  if (poolSamples === 1) return x;
  const [batch = 'batch', filters = 'filters'] = x.dims;
  return graph.single('AveragePool', [x], [batch, filters, lstmSteps(spec)], {
    kernel_shape: { ints: [poolSamples] },
    strides: { ints: [poolSamples] },
  });
}

/** The last LSTM layer, and what the heads read of it: `[batch, cells]`. */
function readOut(graph: GraphBuilder, x: Value, spec: NetworkSpec, weights: Weights): Value {
  if (spec.readout !== 'mean') return recur(graph, x, spec, weights, spec.lstmLayers, 'last');
  const states = recur(graph, x, spec, weights, spec.lstmLayers, 'sequence');
  return meanOverTime(graph, states, lstmSteps(spec));
}

/** One ONNX `LSTM`: all hidden states `[steps, batch, cells]`, or the last one `[batch, cells]`. */
function recur(
  graph: GraphBuilder,
  x: Value,
  spec: NetworkSpec,
  weights: Weights,
  n: number,
  kind: 'sequence' | 'last',
): Value {
  const [steps = 'steps', batch = 'batch'] = x.dims;
  const { cells } = spec;
  const [all = x, last = x] = graph.node(
    'LSTM',
    [x, weights.gateMatrix(`lstm${n}.kernel`), weights.gateMatrix(`lstm${n}.recurrent`), weights.gateBias(n)],
    [
      [steps, 1, batch, cells],
      [1, batch, cells],
    ],
    { hidden_size: { int: cells } },
  );
  return kind === 'sequence'
    ? graph.single('Squeeze', [all, graph.integers([1])], [steps, batch, cells])
    : graph.single('Squeeze', [last, graph.integers([0])], [batch, cells]);
}

/** Weights as initialisers in the layouts of the ONNX operators. */
class Weights {
  readonly #graph: GraphBuilder;
  readonly #parameters: Float32Array;
  readonly #specs: ReadonlyMap<string, ParameterSpec>;

  constructor(graph: GraphBuilder, spec: NetworkSpec, parameters: Float32Array) {
    this.#graph = graph;
    this.#parameters = parameters;
    this.#specs = new Map(parameterSpecs(spec).map((parameter) => [parameter.name, parameter]));
  }

  plain(name: string): Value {
    const { dims, data } = this.#read(name);
    return this.#graph.initialiser(name, { type: 'float32', dims, data: data.slice() });
  }

  /** `[taps, inputs, filters]` as `[filters, inputs, taps]`. */
  convolutionKernel(n: number): Value {
    const name = `conv${n}.kernel`;
    const { dims, data } = this.#read(name);
    const [taps = 1, inputs = 1, filters = 1] = dims;
    const turned = new Float32Array(data.length);
    data.forEach((value, index) => {
      const filter = index % filters;
      const input = Math.floor(index / filters) % inputs;
      const tap = Math.floor(index / (filters * inputs));
      turned[(filter * inputs + input) * taps + tap] = value;
    });
    return this.#graph.initialiser(name, { type: 'float32', dims: [filters, inputs, taps], data: turned });
  }

  /** `[rows, 4 * cells]` as `[1, 4 * cells, rows]`. */
  gateMatrix(name: string): Value {
    const { dims, data } = this.#read(name);
    const [rows = 1, columns = 1] = dims;
    const turned = new Float32Array(data.length);
    data.forEach((value, index) => {
      turned[(index % columns) * rows + Math.floor(index / columns)] = value;
    });
    return this.#graph.initialiser(name, { type: 'float32', dims: [1, columns, rows], data: turned });
  }

  /** ONNX has one bias for the input and one for the recurrence; the network's is the first, the second is zero. */
  gateBias(n: number): Value {
    const name = `lstm${n}.bias`;
    const { data } = this.#read(name);
    const both = new Float32Array(data.length * 2);
    both.set(data);
    return this.#graph.initialiser(name, { type: 'float32', dims: [1, both.length], data: both });
  }

  #read(name: string): { dims: readonly number[]; data: Float32Array } {
    const spec = this.#specs.get(name);
    if (spec === undefined) throw new Error(`the network has no parameter "${name}"`);
    return { dims: spec.dims, data: viewOf(this.#parameters, spec) };
  }
}
