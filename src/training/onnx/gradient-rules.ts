import { convRule } from './conv-gradient.js';
import { sizeOf, sizesOf } from './dims.js';
import {
  firstGradient,
  firstOutput,
  type GradientRule,
  inputAt,
  integersAttribute,
  type RuleContext,
  whenWanted,
} from './gradient-rule.js';
import type { Value } from './graph-builder.js';
import {
  expand,
  flattenRows,
  gemm,
  isBetween,
  multiply,
  negate,
  pad,
  reduceSum,
  reshape,
  slice,
  softmax,
  subtract,
  transpose,
} from './operators.js';

/** How each operator passes gradients back, by ONNX operator name. */
export const GRADIENT_RULES: Readonly<Record<string, GradientRule>> = {
  Add: (context) => [summandGradient(context, 0), summandGradient(context, 1)],
  Sub: (context) => {
    const right = summandGradient(context, 1);
    return [summandGradient(context, 0), right && negate(context.graph, right)];
  },
  Mul: (context) => [factorGradient(context, 0, 1), factorGradient(context, 1, 0)],
  Neg: (context) => [negate(context.graph, firstGradient(context))],
  MatMul: matMulRule,
  Relu: (context) => {
    const output = firstOutput(context);
    const isPositive = context.graph.single('Sign', [output], output.dims);
    return [multiply(context.graph, firstGradient(context), isPositive)];
  },
  Clip: clipRule,
  Conv: convRule,
  GlobalAveragePool: globalMeanRule,
  AveragePool: (context) => {
    const [, , rows, columns] = sizesOf(inputAt(context, 0).dims);
    const [height, width] = integersAttribute(context, 'kernel_shape');
    if (rows === height && columns === width) return globalMeanRule(context);
    throw new Error('AveragePool is differentiated only over the whole image');
  },
  Flatten: (context) => [reshape(context.graph, firstGradient(context), sizesOf(inputAt(context, 0).dims))],
  Sigmoid: (context) => {
    const { graph } = context;
    const y = firstOutput(context);
    const slope = multiply(graph, y, subtract(graph, graph.scalar(1), y));
    return [multiply(graph, firstGradient(context), slope)];
  },
  Tanh: (context) => {
    const { graph } = context;
    const y = firstOutput(context);
    const slope = subtract(graph, graph.scalar(1), multiply(graph, y, y));
    return [multiply(graph, firstGradient(context), slope)];
  },
  LogSoftmax: (context) => {
    const { graph } = context;
    const gradient = firstGradient(context);
    const total = reduceSum(graph, gradient, [-1], true);
    return [subtract(graph, gradient, multiply(graph, softmax(graph, inputAt(context, 0)), total))];
  },
  Transpose: (context) => {
    const order = integersAttribute(context, 'perm');
    const inverse = order.map((_, axis) => order.indexOf(axis));
    return [transpose(context.graph, firstGradient(context), inverse)];
  },
  Reshape: (context) => {
    const sizes = sizesOf(inputAt(context, 0).dims);
    return [reshape(context.graph, firstGradient(context), sizes)];
  },
  Slice: (context) => {
    const [from = 0, to = 0, axis = 0] = [1, 2, 3].flatMap((input) => integersInput(context, input));
    const size = sizeOf(inputAt(context, 0).dims, axis);
    return [pad(context.graph, firstGradient(context), axis, from, size - to)];
  },
  Pad: (context) => {
    const before = integersInput(context, 1);
    const sizes = sizesOf(inputAt(context, 0).dims);
    return [
      sizes.reduce((x, size, axis) => cut(context, x, axis, before[axis] ?? 0, size), firstGradient(context)),
    ];
  },
  Concat: concatRule,
  ReduceSum: (context) => {
    const sizes = sizesOf(inputAt(context, 0).dims);
    const axes = integersInput(context, 1);
    const kept = sizes.map((size, axis) => (axes.includes(axis) ? 1 : size));
    return [expand(context.graph, reshape(context.graph, firstGradient(context), kept), sizes)];
  },
};

function integersInput(context: RuleContext, index: number): readonly number[] {
  return context.graph.integersOf(inputAt(context, index));
}

/** What a broadcast operand gets back: the gradient summed over the axes along which it was repeated. */
function reduceTo(context: RuleContext, gradient: Value, operand: Value): Value {
  const extra = gradient.dims.length - operand.dims.length;
  const repeated = gradient.dims.flatMap((dim, axis) =>
    axis < extra || (operand.dims[axis - extra] === 1 && dim !== 1) ? [axis] : [],
  );
  if (repeated.length === 0) return gradient;
  return reshape(context.graph, reduceSum(context.graph, gradient, repeated), sizesOf(operand.dims));
}

function summandGradient(context: RuleContext, index: number): Value | undefined {
  return whenWanted(context, index, () => reduceTo(context, firstGradient(context), inputAt(context, index)));
}

function factorGradient(context: RuleContext, index: number, other: number): Value | undefined {
  return whenWanted(context, index, () => {
    const product = multiply(context.graph, firstGradient(context), inputAt(context, other));
    return reduceTo(context, product, inputAt(context, index));
  });
}

/** For `[..., n, k] × [k, m]`: the leading axes are rows. */
function matMulRule(context: RuleContext): readonly (Value | undefined)[] {
  const { graph } = context;
  const [a, b] = [inputAt(context, 0), inputAt(context, 1)];
  if (b.dims.length !== 2) throw new Error('MatMul is differentiated only with a matrix on the right');
  const gradient = flattenRows(graph, firstGradient(context));
  return [
    whenWanted(context, 0, () =>
      reshape(graph, gemm(graph, gradient, b, { transposeB: true }), sizesOf(a.dims)),
    ),
    whenWanted(context, 1, () => gemm(graph, flattenRows(graph, a), gradient, { transposeA: true })),
  ];
}

/** Every pixel of a channel has the same share of its mean. */
function globalMeanRule(context: RuleContext): readonly (Value | undefined)[] {
  const { graph } = context;
  const sizes = sizesOf(inputAt(context, 0).dims);
  const share = graph.scalar(1 / ((sizes[2] ?? 1) * (sizes[3] ?? 1)));
  return [expand(graph, multiply(graph, firstGradient(context), share), sizes)];
}

/** Passes where the output lies between the limits; the input need not be kept for it. */
function clipRule(context: RuleContext): readonly (Value | undefined)[] {
  const { graph } = context;
  const isInside = isBetween(graph, firstOutput(context), inputAt(context, 1), inputAt(context, 2));
  return [multiply(graph, firstGradient(context), isInside)];
}

function concatRule(context: RuleContext): readonly (Value | undefined)[] {
  const [axis = 0] = integersAttribute(context, 'axis');
  let from = 0;
  return context.entry.inputs.map((input, index) => {
    const start = from;
    from += sizeOf(input.dims, axis);
    return whenWanted(context, index, () => cut(context, firstGradient(context), axis, start, from - start));
  });
}

function cut(context: RuleContext, x: Value, axis: number, from: number, size: number): Value {
  return sizeOf(x.dims, axis) === size ? x : slice(context.graph, x, axis, from, from + size);
}
