import type { Backbone } from '../backbones/backbone.js';
import { modelUpTo } from '../onnx/cut-points.js';
import { floatToHalf, type OnnxModel, type OnnxNode, type OnnxTensor } from '../onnx/model.js';
import { DATA_TYPES } from '../onnx/onnx-schema.js';
import type { HeadLink, SoftmaxHead } from './softmax-head.js';

/** Names of the outputs of every image model that is trained here. */
export const PROBABILITIES = 'probabilities';
export const FEATURES = 'image_features';

/** Weights with fewer values are kept in full precision: they would save nothing. */
const SMALL_TENSOR = 1024;

/**
 * A backbone with its trained weights and head as one ONNX model: outputs `probabilities` `[batch, classes]` and
 * `image_features` `[batch, features]`. Weights are kept in half precision and widened when the model is loaded.
 *
 * @param weights by the names of the backbone's initialisers; others stay as they are
 */
export function exportImageModel(
  backbone: Backbone,
  weights: ReadonlyMap<string, Float32Array>,
  head: SoftmaxHead,
  metadata: Readonly<Record<string, string>>,
  link: HeadLink = 'softmax',
): OnnxModel {
  const { feature } = backbone.spec;
  const trunk = modelUpTo(backbone.model, feature);
  const classes = head.bias.length;
  const tensors = new Map<string, OnnxTensor>();
  for (const [name, tensor] of trunk.graph.initialisers) {
    const trained = weights.get(name);
    tensors.set(name, trained && tensor.type === 'float32' ? { ...tensor, data: trained } : tensor);
  }
  const width = head.kernel.length / classes;
  tensors.set('head.kernel', { type: 'float32', dims: [width, classes], data: head.kernel });
  tensors.set('head.bias', { type: 'float32', dims: [classes], data: head.bias });
  const { initialisers, nodes } = halved(tensors);
  return {
    ...trunk,
    producer: 'alongside',
    metadata,
    graph: {
      name: 'image_classifier',
      inputs: trunk.graph.inputs,
      nodes: [...nodes, ...trunk.graph.nodes, ...headNodes(feature, link)],
      outputs: [
        { name: PROBABILITIES, type: 'float32', dims: ['batch', classes] },
        { name: FEATURES, type: 'float32', dims: ['batch', width] },
      ],
      initialisers,
    },
  };
}

function headNodes(feature: string, link: HeadLink): OnnxNode[] {
  return [
    { opType: 'Flatten', inputs: [feature], outputs: [FEATURES], attributes: { axis: { int: 1 } } },
    {
      opType: 'Gemm',
      inputs: [FEATURES, 'head.kernel', 'head.bias'],
      outputs: ['head.logits'],
      attributes: {},
    },
    {
      opType: link === 'softmax' ? 'Softmax' : 'Sigmoid',
      inputs: ['head.logits'],
      outputs: [PROBABILITIES],
      // The same in every operator set, which disagree about what it is when left out.
      attributes: link === 'softmax' ? { axis: { int: 1 } } : {},
    },
  ];
}

/** A model whose weights are kept in half precision and widened when it is loaded. */
export function halfWeights(model: OnnxModel): OnnxModel {
  const { initialisers, nodes } = halved(model.graph.initialisers);
  return { ...model, graph: { ...model.graph, initialisers, nodes: [...nodes, ...model.graph.nodes] } };
}

function halved(tensors: ReadonlyMap<string, OnnxTensor>): {
  readonly initialisers: Map<string, OnnxTensor>;
  readonly nodes: OnnxNode[];
} {
  const initialisers = new Map<string, OnnxTensor>();
  const nodes: OnnxNode[] = [];
  for (const [name, tensor] of tensors) {
    if (tensor.type !== 'float32' || tensor.data.length < SMALL_TENSOR) {
      initialisers.set(name, tensor);
      continue;
    }
    const half = `${name}.half`;
    initialisers.set(half, {
      type: 'float16',
      dims: tensor.dims,
      data: Uint16Array.from(tensor.data, floatToHalf),
    });
    nodes.push({
      opType: 'Cast',
      inputs: [half],
      outputs: [name],
      attributes: { to: { int: DATA_TYPES.float32 } },
    });
  }
  return { initialisers, nodes };
}
