import { broadcastDims, convWindowOf, elementCount, positiveAxis, sizeOf, windowedDims } from './dims.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import type { Dim } from './model.js';
import { DATA_TYPES } from './onnx-schema.js';

/*
 * One function an ONNX operator (operator set 17): appends the node and derives the shape of its result.
 */

export function add(graph: GraphBuilder, a: Value, b: Value): Value {
  return graph.single('Add', [a, b], broadcastDims(a.dims, b.dims));
}

export function subtract(graph: GraphBuilder, a: Value, b: Value): Value {
  return graph.single('Sub', [a, b], broadcastDims(a.dims, b.dims));
}

export function multiply(graph: GraphBuilder, a: Value, b: Value): Value {
  return graph.single('Mul', [a, b], broadcastDims(a.dims, b.dims));
}

export function negate(graph: GraphBuilder, x: Value): Value {
  return graph.single('Neg', [x], x.dims);
}

/** `[..., n, k] × [k, m]`, or batches of matrices of equal rank. */
export function matMul(graph: GraphBuilder, a: Value, b: Value): Value {
  return graph.single('MatMul', [a, b], [...a.dims.slice(0, -1), b.dims.at(-1) ?? 1]);
}

export interface GemmOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Added to the product. */
  readonly addend?: Value;
}

/** The product of two matrices, either of which may be taken transposed. */
export function gemm(graph: GraphBuilder, a: Value, b: Value, options: GemmOptions = {}): Value {
  const rows = a.dims[options.transposeA ? 1 : 0] ?? 1;
  const columns = b.dims[options.transposeB ? 0 : 1] ?? 1;
  return graph.single('Gemm', [a, b, options.addend], [rows, columns], {
    ...(options.transposeA ? { transA: { int: 1 } } : {}),
    ...(options.transposeB ? { transB: { int: 1 } } : {}),
  });
}

export function relu(graph: GraphBuilder, x: Value): Value {
  return graph.single('Relu', [x], x.dims);
}

export function sqrt(graph: GraphBuilder, x: Value): Value {
  return graph.single('Sqrt', [x], x.dims);
}

/** The natural logarithm. */
export function log(graph: GraphBuilder, x: Value): Value {
  return graph.single('Log', [x], x.dims);
}

export function sigmoid(graph: GraphBuilder, x: Value): Value {
  return graph.single('Sigmoid', [x], x.dims);
}

export function tanh(graph: GraphBuilder, x: Value): Value {
  return graph.single('Tanh', [x], x.dims);
}

/** Values limited to `[low, high]`; ReLU6 is `clip(0, 6)`. */
export function clip(graph: GraphBuilder, x: Value, low: number, high: number): Value {
  return graph.single('Clip', [x, graph.scalar(low), graph.scalar(high)], x.dims);
}

/** 1 where `low < x < high`, 0 elsewhere. */
export function isBetween(graph: GraphBuilder, x: Value, low: Value, high: Value): Value {
  const isAbove = graph.single('Greater', [x, low], { type: 'bool', dims: x.dims });
  const isBelow = graph.single('Less', [x, high], { type: 'bool', dims: x.dims });
  const both = graph.single('And', [isAbove, isBelow], { type: 'bool', dims: x.dims });
  return graph.single('Cast', [both], x.dims, { to: { int: DATA_TYPES.float32 } });
}

export function softmax(graph: GraphBuilder, x: Value): Value {
  return graph.single('Softmax', [x], x.dims, { axis: { int: -1 } });
}

export function logSoftmax(graph: GraphBuilder, x: Value): Value {
  return graph.single('LogSoftmax', [x], x.dims, { axis: { int: -1 } });
}

export function transpose(graph: GraphBuilder, x: Value, order: readonly number[]): Value {
  const dims = order.map((axis) => x.dims[axis] ?? 1);
  return graph.single('Transpose', [x], dims, { perm: { ints: order } });
}

export function reshape(graph: GraphBuilder, x: Value, dims: readonly number[]): Value {
  if (elementCount(dims) !== elementCount(x.dims)) {
    throw new Error(`[${x.dims.join(', ')}] cannot be reshaped to [${dims.join(', ')}]`);
  }
  return graph.single('Reshape', [x, graph.integers(dims)], dims);
}

/** A new axis of size 1. */
export function unsqueeze(graph: GraphBuilder, x: Value, axis: number): Value {
  return graph.single('Unsqueeze', [x, graph.integers([axis])], x.dims.toSpliced(axis, 0, 1));
}

/** All axes behind the first made one. */
export function flatten(graph: GraphBuilder, x: Value): Value {
  const [batch = 1, ...others] = x.dims;
  return graph.single('Flatten', [x], [batch, elementCount(others)], { axis: { int: 1 } });
}

/** Repeats along axes of size 1. */
export function expand(graph: GraphBuilder, x: Value, dims: readonly number[]): Value {
  return graph.single('Expand', [x, graph.integers(dims)], dims);
}

/** All axes but the last made one. */
export function flattenRows(graph: GraphBuilder, x: Value): Value {
  if (x.dims.length === 2) return x;
  const columns = sizeOf(x.dims, -1);
  return reshape(graph, x, [elementCount(x.dims) / columns, columns]);
}

/** Rows `[from, to)` of one axis. */
export function slice(graph: GraphBuilder, x: Value, axis: number, from: number, to: number): Value {
  const at = positiveAxis(axis, x.dims.length);
  const dims = x.dims.map((dim, index) => (index === at ? to - from : dim));
  return graph.single('Slice', [x, graph.integers([from]), graph.integers([to]), graph.integers([at])], dims);
}

/** Zeros added before and behind one axis. */
export function pad(graph: GraphBuilder, x: Value, axis: number, before: number, behind: number): Value {
  const at = positiveAxis(axis, x.dims.length);
  const dims = x.dims.map((dim, index) => (index === at ? sizeOf(x.dims, at) + before + behind : dim));
  const side = (amount: number): number[] => x.dims.map((_, index) => (index === at ? amount : 0));
  return graph.single('Pad', [x, graph.integers([...side(before), ...side(behind)])], dims);
}

export function concat(graph: GraphBuilder, values: readonly Value[], axis: number): Value {
  const first = values[0];
  if (first === undefined) throw new Error('nothing to concatenate');
  const at = positiveAxis(axis, first.dims.length);
  const total = values.reduce((sum, value) => sum + sizeOf(value.dims, at), 0);
  const dims = first.dims.map((dim, index) => (index === at ? total : dim));
  return graph.single('Concat', values, dims, { axis: { int: at } });
}

/** Cuts an axis into pieces of the given sizes. */
export function split<const Sizes extends readonly number[]>(
  graph: GraphBuilder,
  x: Value,
  axis: number,
  sizes: Sizes,
): { [Index in keyof Sizes]: Value } {
  const at = positiveAxis(axis, x.dims.length);
  const pieces = sizes.map((size): Dim[] => x.dims.map((dim, index) => (index === at ? size : dim)));
  const values = graph.node('Split', [x, graph.integers(sizes)], pieces, { axis: { int: at } });
  // One value a size, which the type of a mapped array does not say.
  return values as { [Index in keyof Sizes]: Value };
}

/** Sum over the given axes; they vanish unless `keepDims`. */
export function reduceSum(graph: GraphBuilder, x: Value, axes: readonly number[], keepDims = false): Value {
  const gone = axes.map((axis) => positiveAxis(axis, x.dims.length));
  const dims = keepDims
    ? x.dims.map((dim, index) => (gone.includes(index) ? 1 : dim))
    : x.dims.filter((_, index) => !gone.includes(index));
  return graph.single('ReduceSum', [x, graph.integers(gone)], dims, { keepdims: { int: keepDims ? 1 : 0 } });
}

/** One axis or several backwards. */
export function reverse(graph: GraphBuilder, x: Value, axes: readonly number[]): Value {
  const each = (value: (size: number) => number): Value =>
    graph.integers(axes.map((axis) => value(sizeOf(x.dims, axis))));
  const [from, to, step] = [each(() => -1), each((size) => -size - 1), each(() => -1)];
  return graph.single('Slice', [x, from, to, graph.integers(axes), step], x.dims);
}

export interface ConvolveOptions {
  /** Zeros above, left, below and right. */
  readonly pads?: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly groups?: number;
}

/** `[batch, in, rows, columns]` with a kernel `[out, in / groups, rows, columns]`. */
export function convolve(
  graph: GraphBuilder,
  x: Value,
  kernel: Value,
  bias: Value | undefined,
  options: ConvolveOptions = {},
): Value {
  const { pads = [0, 0, 0, 0], strides = [1, 1], dilations = [1, 1], groups = 1 } = options;
  const attributes = {
    kernel_shape: { ints: [sizeOf(kernel.dims, 2), sizeOf(kernel.dims, 3)] },
    pads: { ints: pads },
    strides: { ints: strides },
    dilations: { ints: dilations },
    group: { int: groups },
  };
  const dims = windowedDims(x, sizeOf(kernel.dims, 0), convWindowOf(attributes, kernel));
  return graph.single('Conv', [x, kernel, bias], dims, attributes);
}

/** The mean of each channel of `[batch, channels, rows, columns]`, `[batch, channels, 1, 1]`. */
export function globalAveragePool(graph: GraphBuilder, x: Value): Value {
  return graph.single('GlobalAveragePool', [x], [x.dims[0] ?? 1, x.dims[1] ?? 1, 1, 1]);
}
