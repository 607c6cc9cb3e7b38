import { GatewayError } from '../../shared/errors.js';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from './model.js';

/** Where ONNX Runtime keeps operators of its own. */
const RUNTIME_DOMAIN = 'com.microsoft';
/** Weights reach from -127 to 127, so that zero is a weight and both signs go as far. */
const LARGEST_INT8 = 127;
/** Far below any weight that counts, and far above what 32-bit floats round coarsely: a row may be all zeros. */
const SMALLEST_SCALE = 2 ** -100;

type FloatTensor = Extract<OnnxTensor, { readonly type: 'float32' }>;

/**
 * Makes the weights of all LSTM layers 8-bit integers, for ONNX Runtime's `DynamicQuantizeLSTM`, which quantises what comes into
 * them as it runs. Each gate of each cell has a scale of its own. All else stays as it is: the layers in front take little, and lose more.
 *
 * @throws GatewayError `MODEL_INVALID` when the model has no LSTM layer whose weights are in it as 32-bit floats
 */
export function quantiseLstms(model: OnnxModel): OnnxModel {
  const initialisers = new Map(model.graph.initialisers);
  let quantised = 0;
  const nodes = model.graph.nodes.map((node) => {
    const weights = lstmWeights(node, model.graph);
    if (weights === undefined) return node;
    quantised += 1;
    return quantisedLstm(node, weights, initialisers);
  });
  if (quantised === 0) {
    throw new GatewayError(
      'MODEL_INVALID',
      'the model has no LSTM layer with 32-bit weights, so nothing becomes int8',
    );
  }
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const kept = new Map([...initialisers].filter(([name]) => used.has(name)));
  return { ...model, graph: { ...model.graph, nodes, initialisers: kept } };
}

interface LstmWeights {
  readonly kernel: FloatTensor;
  readonly recurrent: FloatTensor;
}

/** `undefined` for other nodes, and for those whose weights are worked out, of another type, or of another layout. */
function lstmWeights({ opType, inputs, attributes }: OnnxNode, graph: OnnxGraph): LstmWeights | undefined {
  if (opType !== 'LSTM' || 'layout' in attributes) return undefined;
  const [kernel, recurrent] = [inputs[1], inputs[2]].map((name) => graph.initialisers.get(name ?? ''));
  return kernel?.type === 'float32' && recurrent?.type === 'float32' ? { kernel, recurrent } : undefined;
}

function quantisedLstm(
  node: OnnxNode,
  { kernel, recurrent }: LstmWeights,
  initialisers: Map<string, OnnxTensor>,
): OnnxNode {
  const add = (name: string, { weights, scales, zeros }: Quantised): [string, string, string] => {
    const names = [`${name}.int8`, `${name}.scale`, `${name}.zero`] as const;
    initialisers.set(names[0], weights).set(names[1], scales).set(names[2], zeros);
    return [...names];
  };
  const [x = '', kernelName = '', recurrentName = '', ...others] = node.inputs;
  const [bias = '', lengths = '', hidden = '', cell = '', peepholes = ''] = others;
  const [kernelWeights, ...kernelScale] = add(kernelName, quantise(kernel));
  const [recurrentWeights, ...recurrentScale] = add(recurrentName, quantise(recurrent));
  const state = [bias, lengths, hidden, cell, peepholes];
  return {
    ...node,
    opType: 'DynamicQuantizeLSTM',
    domain: RUNTIME_DOMAIN,
    inputs: [x, kernelWeights, recurrentWeights, ...state, ...kernelScale, ...recurrentScale],
  };
}

interface Quantised {
  readonly weights: OnnxTensor;
  readonly scales: OnnxTensor;
  readonly zeros: OnnxTensor;
}

/** Of `[directions, rows, columns]`, as LSTM has it, `[directions, columns, rows]`, as DynamicQuantizeLSTM does; a scale a row. */
function quantise({ dims, data }: FloatTensor): Quantised {
  const [directions = 0, rows = 0, columns = 0] = dims;
  const scales = new Float32Array(directions * rows);
  const weights = new Int8Array(data.length);
  for (let row = 0; row < scales.length; row++) {
    const values = data.subarray(row * columns, (row + 1) * columns);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const scale = Math.fround(Math.max(largest / LARGEST_INT8, SMALLEST_SCALE));
    scales[row] = scale;
    const direction = Math.floor(row / rows);
    const start = direction * rows * columns + (row % rows);
    values.forEach((value, column) => {
      weights[start + column * rows] = Math.round(value / scale);
    });
  }
  const scaleDims = [directions, rows];
  return {
    weights: { type: 'int8', dims: [directions, columns, rows], data: weights },
    scales: { type: 'float32', dims: scaleDims, data: scales },
    zeros: { type: 'int8', dims: scaleDims, data: new Int8Array(scales.length) },
  };
}
