import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '../../../shared/errors.js';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../../onnx/model.js';
import { buildInferenceModel } from '../network/inference-graph.js';
import {
  type HeadSpec,
  type NetworkSpec,
  type ParameterSpec,
  parameterCount,
  parameterSpecs,
  viewOf,
} from '../network/network.js';

/** What the manifest knows of a network, and the file does not say. */
export interface KnownOfNetwork {
  readonly sizeSamples: number;
  readonly channels: number;
  readonly heads: readonly HeadSpec[];
}

/**
 * Reads a served model back into the network it was exported from: the inverse of {@link buildInferenceModel}.
 *
 * @throws GatewayError `MODEL_INVALID` that says what differs when the file is not such an export
 */
export function readNetwork(
  model: OnnxModel,
  known: KnownOfNetwork,
): { readonly spec: NetworkSpec; readonly parameters: Float32Array } {
  const spec = specOf(model, known);
  const parameters = new Float32Array(parameterCount(spec));
  for (const parameter of parameterSpecs(spec)) {
    viewOf(parameters, parameter).set(valuesOf(model, parameter));
  }
  requireSameGraph(model, spec, parameters);
  return { spec, parameters };
}

/** Sizes follow from the shapes of the weights. */
function specOf(model: OnnxModel, known: KnownOfNetwork): NetworkSpec {
  const [, , cells = 0] = tensorOf(model, 'lstm1.recurrent').dims;
  const convolutions = countOf(model, 'conv');
  const [filters = 1, , kernelSamples = 1] = convolutions > 0 ? tensorOf(model, 'conv1.kernel').dims : [];
  return {
    ...known,
    convolutions,
    filters,
    kernelSamples,
    poolSamples: poolOf(model),
    lstmLayers: countOf(model, 'lstm'),
    cells,
    readout: readoutOf(model),
    ...spectraOf(model),
  };
}

/** The mean over time is the one sum over the first axis. */
function readoutOf({ graph }: OnnxModel): 'mean' | 'last' {
  const sumsOverTime = graph.nodes.some(
    ({ opType, inputs }) => opType === 'ReduceSum' && integersOf(graph, inputs[1])[0] === 0,
  );
  return sumsOverTime ? 'mean' : 'last';
}

function spectraOf(model: OnnxModel): Pick<NetworkSpec, 'spectra'> {
  if (!model.graph.initialisers.has('spectra.hidden.kernel')) return {};
  const [, units = 1] = tensorOf(model, 'spectra.hidden.kernel').dims;
  const segmentSamples = tensorOf(model, 'spectra.waves.fast').dims.at(-1) ?? 1;
  return { spectra: { segmentSamples, units } };
}

function integersOf({ initialisers }: OnnxModel['graph'], name: string | undefined): readonly number[] {
  const tensor = initialisers.get(name ?? '');
  return tensor?.type === 'int64' ? tensor.data : [];
}

function poolOf({ graph }: OnnxModel): number {
  const node = graph.nodes.find(({ opType }) => opType === 'AveragePool');
  const size = node?.attributes['kernel_shape'];
  return size !== undefined && 'ints' in size ? (size.ints[0] ?? 1) : 1;
}

function countOf({ graph }: OnnxModel, block: 'conv' | 'lstm'): number {
  let count = 0;
  while (graph.initialisers.has(`${block}${count + 1}.kernel`)) count += 1;
  return count;
}

function tensorOf({ graph }: OnnxModel, name: string): OnnxTensor & { readonly type: 'float32' } {
  const tensor = graph.initialisers.get(name);
  if (tensor === undefined) throw notOurs(`it has no weights "${name}"`);
  if (tensor.type !== 'float32') throw notOurs(`its weights "${name}" are ${tensor.type}, not float32`);
  return tensor;
}

/** One weight in the network's layout, out of the layout of the ONNX operator that uses it. */
function valuesOf(model: OnnxModel, { name, dims, length }: ParameterSpec): Float32Array {
  const tensor = tensorOf(model, name);
  const [rows = 1, columns = 1, filters = 1] = dims;
  const isGates = name.startsWith('lstm');
  const isBias = name.endsWith('.bias');
  if (isBias) {
    requireDims(name, tensor.dims, isGates ? [1, 2 * length] : dims);
    return sumOfBiases(tensor.data, length);
  }
  if (isGates) {
    requireDims(name, tensor.dims, [1, columns, rows]);
    return gathered(length, (at) => tensor.data[(at % columns) * rows + Math.floor(at / columns)]);
  }
  if (!name.startsWith('conv')) {
    requireDims(name, tensor.dims, dims);
    return tensor.data;
  }
  requireDims(name, tensor.dims, [filters, columns, rows]);
  return gathered(length, (at) => {
    const input = Math.floor(at / filters) % columns;
    const tap = Math.floor(at / (filters * columns));
    return tensor.data[((at % filters) * columns + input) * rows + tap];
  });
}

/** An LSTM of ONNX has a second bias, which the network adds to its only one. */
function sumOfBiases(data: Float32Array, length: number): Float32Array {
  return gathered(length, (at) => (data[at] ?? Number.NaN) + (data[at + length] ?? 0));
}

function gathered(length: number, valueAt: (at: number) => number | undefined): Float32Array {
  return Float32Array.from({ length }, (_, at) => valueAt(at) ?? Number.NaN);
}

function requireDims(name: string, found: readonly number[], expected: readonly number[]): void {
  if (isDeepStrictEqual([...found], [...expected])) return;
  throw notOurs(`its weights "${name}" have the shape ${found.join(' × ')}, not ${expected.join(' × ')}`);
}

/** Weights of the right shape say nothing of what is done with them. */
function requireSameGraph(model: OnnxModel, spec: NetworkSpec, parameters: Float32Array): void {
  const heads = spec.heads.map(({ name }) => name);
  const { graph } = buildInferenceModel(spec, parameters, heads);
  if (!isDeepStrictEqual(model.graph.inputs, graph.inputs)) {
    const [window] = graph.inputs;
    throw notOurs(
      `its input is not "${window?.name}" of ${spec.sizeSamples} samples × ${spec.channels} channels`,
    );
  }
  const count = Math.max(graph.nodes.length, model.graph.nodes.length);
  for (let at = 0; at < count; at++) {
    if (isDeepStrictEqual(model.graph.nodes[at], graph.nodes[at])) continue;
    throw notOurs(`step ${at + 1} is ${textOf(model.graph.nodes[at])}, not ${textOf(graph.nodes[at])}`);
  }
}

function textOf(node: OnnxNode | undefined): string {
  return node === undefined ? 'missing' : `${node.opType}(${node.inputs.join(', ')})`;
}

function notOurs(difference: string): GatewayError {
  return new GatewayError(
    'MODEL_INVALID',
    `only models written by "alongside train accompany" can be adapted; in this one ${difference}`,
  );
}
