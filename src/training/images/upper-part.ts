import type { Backbone } from '../backbones/backbone.js';
import type { ParameterSpec } from '../motion/network/network.js';
import { findCutPoints, nodesTowards } from '../onnx/cut-points.js';
import { elementCount } from '../onnx/dims.js';
import { GraphBuilder, type Value } from '../onnx/graph-builder.js';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../onnx/model.js';
import { replayNodes } from '../onnx/replay.js';

/** The blocks of a backbone that are trained: all that lies between a tensor and the features. */
export interface UpperPart {
  /** The tensor that goes in. */
  readonly cut: string;
  /** Of one image. */
  readonly cutDims: readonly number[];
  readonly feature: string;
  readonly featureCount: number;
  readonly nodes: readonly OnnxNode[];
  /** Weights that are trained, with their place among all trained weights. */
  readonly parameters: readonly ParameterSpec[];
  /** All constants that the nodes use. */
  readonly constants: ReadonlyMap<string, OnnxTensor>;
}

/**
 * Takes the trainable part out of a backbone. Depthwise convolutions stay as they are: their weights are few, their
 * gradients cost more than all others together, and ONNX Runtime is several times faster where weights are constant.
 *
 * @param cut name of a cut point
 * @param cutDims sizes of that tensor for one image, without the batch
 * @throws Error when what follows cannot be trained
 */
export function takeUpperPart(
  model: OnnxModel,
  feature: string,
  cut: string,
  cutDims: readonly number[],
): UpperPart {
  const point = findCutPoints(model.graph, feature).find(({ name }) => name === cut);
  if (point === undefined) throw new Error(`"${cut}" is no tensor through which everything flows`);
  const nodes = nodesTowards(model.graph, [feature]).slice(point.after);
  const names = new Set(nodes.flatMap((node) => node.inputs));
  const constants = new Map([...model.graph.initialisers].filter(([name]) => names.has(name)));
  const part = { cut, cutDims, feature, nodes, constants, parameters: parametersOf(nodes, constants) };
  return { ...part, featureCount: countFeatures(part) };
}

/**
 * Repeats the part in a graph under construction.
 *
 * @param weight gives a trained weight; others become constants of the graph
 * @returns the features, `[batch, featureCount]`
 */
export function replayUpperPart(
  graph: GraphBuilder,
  part: Omit<UpperPart, 'featureCount'>,
  activations: Value,
  weight: (parameter: ParameterSpec) => Value,
): Value {
  const values = new Map<string, Value>([[part.cut, activations]]);
  const trained = new Map(part.parameters.map((parameter) => [parameter.name, parameter]));
  for (const [name, tensor] of part.constants) {
    const parameter = trained.get(name);
    values.set(name, parameter === undefined ? graph.initialiser(name, tensor) : weight(parameter));
  }
  replayNodes(graph, part.nodes, values);
  const features = values.get(part.feature);
  if (features === undefined) throw new Error(`nothing computes "${part.feature}"`);
  const batch = Number(features.dims[0]);
  const count = elementCount(features.dims) / batch;
  return features.dims.length === 2
    ? features
    : graph.single('Reshape', [features, graph.integers([batch, count])], [batch, count]);
}

/** The trained weights as they are in the model, one after the other. */
export function initialWeights(part: UpperPart): Float32Array {
  const weights = new Float32Array(part.parameters.reduce((sum, { length }) => sum + length, 0));
  for (const { name, offset } of part.parameters) {
    const tensor = part.constants.get(name);
    if (tensor?.type === 'float32') weights.set(tensor.data, offset);
  }
  return weights;
}

function parametersOf(
  nodes: readonly OnnxNode[],
  constants: ReadonlyMap<string, OnnxTensor>,
): ParameterSpec[] {
  let offset = 0;
  return nodes
    .flatMap((node) => trainedInputs(node))
    .flatMap((name): ParameterSpec[] => {
      const tensor = constants.get(name);
      if (tensor?.type !== 'float32') return [];
      const parameter = { name, dims: tensor.dims, offset, length: tensor.data.length };
      offset += parameter.length;
      return [parameter];
    });
}

function trainedInputs(node: OnnxNode): readonly string[] {
  if (node.opType === 'Gemm') return node.inputs.slice(1);
  if (node.opType !== 'Conv') return [];
  const group = node.attributes['group'];
  const isGrouped = group !== undefined && 'int' in group && group.int !== 1;
  return isGrouped ? [] : node.inputs.slice(1);
}

function countFeatures(part: Omit<UpperPart, 'featureCount'>): number {
  const graph = new GraphBuilder();
  const activations = graph.input('activations', [1, ...part.cutDims]);
  const features = replayUpperPart(graph, part, activations, ({ name, dims }) => graph.input(name, dims));
  return elementCount(features.dims);
}

/** Shapes of all tensors for one image. */
export function shapesOf({ model, spec }: Backbone): ReadonlyMap<string, Value> {
  const graph = new GraphBuilder();
  const values = new Map<string, Value>();
  for (const [name, tensor] of model.graph.initialisers) values.set(name, graph.initialiser(name, tensor));
  const { widthPixels, heightPixels } = spec;
  const dims = spec.layout === 'nchw' ? [1, 3, heightPixels, widthPixels] : [1, heightPixels, widthPixels, 3];
  values.set(spec.input, graph.input(spec.input, dims));
  replayNodes(graph, nodesTowards(model.graph, [spec.feature]), values);
  return values;
}
