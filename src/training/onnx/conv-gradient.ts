import { type ConvWindow, convWindowOf, sizeOf, sizesOf } from './dims.js';
import { firstGradient, type GradientRule, inputAt, type RuleContext, whenWanted } from './gradient-rule.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { convolve, gemm, matMul, pad, reduceSum, reshape, reverse, slice, transpose } from './operators.js';

/**
 * How a two-dimensional `Conv` passes gradients back. All of it is convolutions and matrix products again, which ONNX
 * Runtime has fast code for. Groups are either one, or one a channel (depthwise).
 */
export const convRule: GradientRule = (context) => {
  const [x, kernel] = [inputAt(context, 0), inputAt(context, 1)];
  const spec = convWindowOf(context.entry.attributes, kernel);
  const isDepthwise = spec.groups === sizeOf(x.dims, 1) && spec.groups === sizeOf(kernel.dims, 0);
  if (spec.groups !== 1 && !isDepthwise) {
    throw new Error(`Conv with ${spec.groups} groups is not differentiated: one, or one a channel`);
  }
  if (spec.dilations.some((dilation) => dilation !== 1)) {
    throw new Error('Conv with dilations is not differentiated');
  }
  const kernelGradient = isPlainPointwise(spec)
    ? pointwiseKernelGradient
    : isDepthwise
      ? depthwiseKernelGradient
      : denseKernelGradient;
  return [
    whenWanted(context, 0, () => imageGradient(context, spec, isDepthwise)),
    whenWanted(context, 1, () => kernelGradient(context, spec)),
    whenWanted(context, 2, () => reduceSum(context.graph, firstGradient(context), [0, 2, 3])),
  ];
};

function isPlainPointwise({ taps, strides, before, behind, groups }: ConvWindow): boolean {
  const isOne = (size: number): boolean => size === 1;
  return (
    groups === 1 && taps.every(isOne) && strides.every(isOne) && [...before, ...behind].every((n) => n === 0)
  );
}

/** The gradient, spread out by the strides, convolved with the kernel turned round. */
function imageGradient(context: RuleContext, spec: ConvWindow, isDepthwise: boolean): Value {
  const { graph } = context;
  const [x, kernel] = [inputAt(context, 0), inputAt(context, 1)];
  const turned = spec.taps.every((taps) => taps === 1) ? kernel : reverse(graph, kernel, [2, 3]);
  const backward = isDepthwise ? turned : transpose(graph, turned, [1, 0, 2, 3]);
  let gradient = spread(graph, firstGradient(context), spec.strides);
  const before = spec.taps.map((taps, axis) => taps - 1 - (spec.before[axis] ?? 0));
  const behind = spec.taps.map((taps, axis) => {
    const wanted = sizeOf(x.dims, 2 + axis) + taps - 1;
    return wanted - sizeOf(gradient.dims, 2 + axis) - (before[axis] ?? 0);
  });
  // Where rows were spread further than the image reaches, the zeros behind are cut off again.
  behind.forEach((amount, axis) => {
    if (amount < 0) {
      gradient = slice(graph, gradient, 2 + axis, 0, sizeOf(gradient.dims, 2 + axis) + amount);
    }
  });
  return convolve(graph, gradient, backward, undefined, {
    pads: [...before, ...behind.map((amount) => Math.max(0, amount))],
    groups: spec.groups,
  });
}

/** Puts zeros behind every row and column, so that each is as far from the next as the strides say. */
function spread(graph: GraphBuilder, x: Value, [vertical, horizontal]: readonly [number, number]): Value {
  if (vertical === 1 && horizontal === 1) return x;
  const [batch = 1, channels = 1, rows = 1, columns = 1] = sizesOf(x.dims);
  const flat = reshape(graph, x, [batch * channels * rows, columns]);
  const wide = reshape(graph, matMul(graph, flat, spreadingMatrix(graph, columns, horizontal)), [
    batch * channels * rows,
    1,
    columns * horizontal,
  ]);
  const padded = pad(graph, wide, 1, 0, vertical - 1);
  return reshape(graph, padded, [batch, channels, rows * vertical, columns * horizontal]);
}

/** What moves columns apart when it is multiplied with; ONNX Runtime pads single values one by one, far slower. */
function spreadingMatrix(graph: GraphBuilder, columns: number, stride: number): Value {
  const data = new Float32Array(columns * columns * stride);
  for (let column = 0; column < columns; column++) data[column * columns * stride + column * stride] = 1;
  return graph.initialiser(graph.newName('spread'), {
    type: 'float32',
    dims: [columns, columns * stride],
    data,
  });
}

/** One product of matrices: `[out, batch * pixels] × [batch * pixels, in]`. */
function pointwiseKernelGradient(context: RuleContext): Value {
  const { graph } = context;
  const rows = (value: Value): Value => {
    const [batch = 1, channels = 1, height = 1, width = 1] = sizesOf(value.dims);
    const flat = reshape(graph, value, [batch, channels, height * width]);
    return reshape(graph, transpose(graph, flat, [1, 0, 2]), [channels, batch * height * width]);
  };
  const product = gemm(graph, rows(firstGradient(context)), rows(inputAt(context, 0)), { transposeB: true });
  return reshape(graph, product, sizesOf(inputAt(context, 1).dims));
}

/** Every channel of every image convolved with its gradient as the kernel, then summed over the images. */
function depthwiseKernelGradient(context: RuleContext, spec: ConvWindow): Value {
  const { graph } = context;
  const x = inputAt(context, 0);
  const gradient = firstGradient(context);
  const [batch = 1, channels = 1, height = 1, width = 1] = sizesOf(x.dims);
  const [, , rows = 1, columns = 1] = sizesOf(gradient.dims);
  const planes = reshape(graph, x, [1, batch * channels, height, width]);
  const kernels = reshape(graph, gradient, [batch * channels, 1, rows, columns]);
  const products = convolve(graph, planes, kernels, undefined, {
    pads: [...spec.before, ...spec.behind],
    dilations: spec.strides,
    groups: batch * channels,
  });
  const cut = cutTo(graph, products, spec.taps);
  const [vertical, horizontal] = spec.taps;
  const perImage = reshape(graph, cut, [batch, channels, 1, vertical, horizontal]);
  return reduceSum(graph, perImage, [0]);
}

/** Images and channels change places: what was summed over channels is summed over images. */
function denseKernelGradient(context: RuleContext, spec: ConvWindow): Value {
  const { graph } = context;
  const turn = (value: Value): Value => transpose(graph, value, [1, 0, 2, 3]);
  const products = convolve(graph, turn(inputAt(context, 0)), turn(firstGradient(context)), undefined, {
    pads: [...spec.before, ...spec.behind],
    dilations: spec.strides,
    groups: 1,
  });
  return turn(cutTo(graph, products, spec.taps));
}

/** Drops taps that only exist because the strides left a remainder. */
function cutTo(graph: GraphBuilder, x: Value, taps: readonly [number, number]): Value {
  return taps.reduce(
    (cut, size, axis) => (sizeOf(cut.dims, 2 + axis) === size ? cut : slice(graph, cut, 2 + axis, 0, size)),
    x,
  );
}
