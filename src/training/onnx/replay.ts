import {
  broadcastDims,
  convWindowOf,
  elementCount,
  positiveAxis,
  sizeOf,
  sizesOf,
  windowedDims,
} from './dims.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import type { Dim, OnnxNode } from './model.js';
import { clip, concat, gemm, matMul, reshape } from './operators.js';

/** Appends what an operator does to a graph under construction, with its shape. */
type Replay = (graph: GraphBuilder, node: OnnxNode, inputs: readonly Value[]) => Value;

/** The operators of convolutional image networks, by ONNX name. */
const REPLAYS: Readonly<Record<string, Replay>> = {
  Conv: (graph, node, inputs) => {
    const [x, kernel] = pairOf(node, inputs);
    const dims = windowedDims(x, sizeOf(kernel.dims, 0), convWindowOf(node.attributes, kernel));
    return graph.single('Conv', inputs, dims, node.attributes);
  },
  MaxPool: replayPool,
  AveragePool: replayPool,
  GlobalAveragePool: (graph, node, inputs) => {
    const x = firstOf(node, inputs);
    return graph.single('GlobalAveragePool', [x], [x.dims[0] ?? 1, x.dims[1] ?? 1, 1, 1]);
  },
  Relu: replayElementwise,
  Sigmoid: replayElementwise,
  LRN: replayElementwise,
  Softmax: replayElementwise,
  Clip: (graph, node, inputs) => {
    const x = firstOf(node, inputs);
    // Operator sets before 11 have the limits as attributes.
    const [low, high] = [node.attributes['min'], node.attributes['max']];
    return low && high && 'float' in low && 'float' in high
      ? clip(graph, x, low.float, high.float)
      : graph.single('Clip', inputs, x.dims);
  },
  Identity: (_, node, inputs) => firstOf(node, inputs),
  // Does nothing where a network is used.
  Dropout: (_, node, inputs) => firstOf(node, inputs),
  Add: replayBroadcast,
  Mul: replayBroadcast,
  Concat: (graph, node, inputs) => {
    const axis = node.attributes['axis'];
    return concat(graph, inputs, axis !== undefined && 'int' in axis ? axis.int : 1);
  },
  Flatten: (graph, node, inputs) => {
    const x = firstOf(node, inputs);
    const sizes = sizesOf(x.dims);
    const axis = node.attributes['axis'];
    const at = positiveAxis(axis !== undefined && 'int' in axis ? axis.int : 1, sizes.length);
    return reshape(graph, x, [elementCount(sizes.slice(0, at)), elementCount(sizes.slice(at))]);
  },
  Reshape: (graph, node, inputs) => {
    const [x, shape] = pairOf(node, inputs);
    return reshape(graph, x, reshapedSizes(sizesOf(x.dims), graph.integersOf(shape)));
  },
  MatMul: (graph, node, inputs) => matMul(graph, ...pairOf(node, inputs)),
  Gemm: (graph, node, inputs) => {
    const [a, b] = pairOf(node, inputs);
    const isSet = (name: string): boolean => {
      const attribute = node.attributes[name];
      return attribute !== undefined && 'int' in attribute && attribute.int === 1;
    };
    return gemm(graph, a, b, {
      transposeA: isSet('transA'),
      transposeB: isSet('transB'),
      ...(inputs[2] && { addend: inputs[2] }),
    });
  },
};

/**
 * Repeats nodes of a model that was read from a file in a graph under construction, where they can be differentiated and
 * their weights may be inputs.
 *
 * @param values what is known already: inputs and weights by name; receives what the nodes make
 * @throws Error for an operator that image networks seldom have
 */
export function replayNodes(
  graph: GraphBuilder,
  nodes: readonly OnnxNode[],
  values: Map<string, Value>,
): void {
  for (const node of nodes) {
    const replay = REPLAYS[node.opType];
    if (replay === undefined) throw new Error(`the operator ${node.opType} cannot be trained`);
    const inputs = node.inputs.filter((name) => name !== '').map((name) => knownValue(values, name));
    const [output] = node.outputs;
    if (output !== undefined) values.set(output, replay(graph, node, inputs));
  }
}

function knownValue(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new Error(`nothing computes "${name}"`);
  return value;
}

function replayElementwise(graph: GraphBuilder, node: OnnxNode, inputs: readonly Value[]): Value {
  return graph.single(node.opType, inputs, firstOf(node, inputs).dims, node.attributes);
}

function replayBroadcast(graph: GraphBuilder, node: OnnxNode, inputs: readonly Value[]): Value {
  const [a, b] = pairOf(node, inputs);
  return graph.single(node.opType, [a, b], broadcastDims(a.dims, b.dims));
}

function replayPool(graph: GraphBuilder, node: OnnxNode, inputs: readonly Value[]): Value {
  const x = firstOf(node, inputs);
  const dims = windowedDims(x, x.dims[1] ?? 1, convWindowOf(node.attributes));
  return graph.single(node.opType, [x], dims, node.attributes);
}

/** ONNX: 0 keeps a size, -1 is what remains. The first axis is the batch, whatever the file has for it. */
function reshapedSizes(sizes: readonly number[], wanted: readonly number[]): number[] {
  const kept = wanted.map((size, axis): number => (axis === 0 || size === 0 ? (sizes[axis] ?? 1) : size));
  const known = kept.reduce((product, size) => (size === -1 ? product : product * size), 1);
  return kept.map((size): number => (size === -1 ? elementCount(sizes as Dim[]) / known : size));
}

function firstOf(node: OnnxNode, [first]: readonly Value[]): Value {
  if (first === undefined) throw new Error(`${node.opType} has no input`);
  return first;
}

function pairOf(node: OnnxNode, [first, second]: readonly Value[]): [Value, Value] {
  if (first === undefined || second === undefined) throw new Error(`${node.opType} lacks an input`);
  return [first, second];
}
