import { describe, expect, it } from 'vitest';
import { differentiate } from '../../../../src/training/onnx/differentiate.js';
import { elementCount } from '../../../../src/training/onnx/dims.js';
import { GraphBuilder, type Value } from '../../../../src/training/onnx/graph-builder.js';
import { lstmLayer } from '../../../../src/training/onnx/lstm-layer.js';
import {
  add,
  clip,
  concat,
  convolve,
  globalAveragePool,
  logSoftmax,
  matMul,
  multiply,
  negate,
  pad,
  reduceSum,
  relu,
  reshape,
  sigmoid,
  slice,
  subtract,
  tanh,
  transpose,
} from '../../../../src/training/onnx/operators.js';
import { createRandom } from '../../../../src/training/random.js';
import { type Feeds, loadOnnx } from '../../../helpers/run-onnx.js';

type Shapes = Readonly<Record<string, readonly number[]>>;
type Compute = (graph: GraphBuilder, inputs: Record<string, Value>) => Value;

/** Steps small enough for curvature and large enough for 32-bit sums. */
const STEP = 1e-2;
const TOLERANCE = 2e-3;

const cases: readonly { readonly name: string; readonly shapes: Shapes; readonly compute: Compute }[] = [
  {
    name: 'Add, broadcast',
    shapes: { a: [2, 3], b: [3] },
    compute: (g, v) => add(g, of(v, 'a'), of(v, 'b')),
  },
  {
    name: 'Sub, broadcast',
    shapes: { a: [2, 3], b: [2, 1] },
    compute: (g, v) => subtract(g, of(v, 'a'), of(v, 'b')),
  },
  {
    name: 'Mul, broadcast',
    shapes: { a: [4, 2, 3], b: [2, 1] },
    compute: (g, v) => multiply(g, of(v, 'a'), of(v, 'b')),
  },
  { name: 'a value used twice', shapes: { a: [5] }, compute: (g, v) => multiply(g, of(v, 'a'), of(v, 'a')) },
  { name: 'Neg', shapes: { a: [3] }, compute: (g, v) => negate(g, of(v, 'a')) },
  { name: 'MatMul', shapes: { a: [2, 3], b: [3, 4] }, compute: (g, v) => matMul(g, of(v, 'a'), of(v, 'b')) },
  {
    name: 'MatMul with leading axes',
    shapes: { a: [2, 2, 3], b: [3, 2] },
    compute: (g, v) => matMul(g, of(v, 'a'), of(v, 'b')),
  },
  { name: 'Relu', shapes: { a: [4, 4] }, compute: (g, v) => relu(g, of(v, 'a')) },
  {
    name: 'Conv, pointwise',
    shapes: { a: [2, 3, 2, 2], b: [4, 3, 1, 1], c: [4] },
    compute: (g, v) => convolve(g, of(v, 'a'), of(v, 'b'), of(v, 'c')),
  },
  {
    name: 'Conv, depthwise',
    shapes: { a: [2, 3, 4, 4], b: [3, 1, 3, 3], c: [3] },
    compute: (g, v) => convolve(g, of(v, 'a'), of(v, 'b'), of(v, 'c'), { pads: [1, 1, 1, 1], groups: 3 }),
  },
  {
    name: 'Conv, depthwise, every second pixel, padded behind',
    shapes: { a: [1, 2, 4, 4], b: [2, 1, 3, 3] },
    compute: (g, v) =>
      convolve(g, of(v, 'a'), of(v, 'b'), undefined, { pads: [0, 0, 1, 1], strides: [2, 2], groups: 2 }),
  },
  {
    name: 'Conv, 3 x 3, uneven strides, uneven sizes',
    shapes: { a: [2, 2, 5, 6], b: [3, 2, 3, 3], c: [3] },
    compute: (g, v) =>
      convolve(g, of(v, 'a'), of(v, 'b'), of(v, 'c'), { pads: [1, 0, 1, 1], strides: [2, 3] }),
  },
  {
    name: 'Conv, pointwise, every second pixel',
    shapes: { a: [2, 2, 4, 4], b: [3, 2, 1, 1] },
    compute: (g, v) => convolve(g, of(v, 'a'), of(v, 'b'), undefined, { strides: [2, 2] }),
  },
  {
    name: 'GlobalAveragePool',
    shapes: { a: [2, 3, 2, 4] },
    compute: (g, v) => globalAveragePool(g, of(v, 'a')),
  },
  { name: 'Clip', shapes: { a: [4, 4] }, compute: (g, v) => clip(g, of(v, 'a'), -0.5, 0.5) },
  { name: 'Sigmoid', shapes: { a: [4] }, compute: (g, v) => sigmoid(g, of(v, 'a')) },
  { name: 'Tanh', shapes: { a: [4] }, compute: (g, v) => tanh(g, of(v, 'a')) },
  { name: 'LogSoftmax', shapes: { a: [3, 4] }, compute: (g, v) => logSoftmax(g, of(v, 'a')) },
  { name: 'Transpose', shapes: { a: [2, 3, 4] }, compute: (g, v) => transpose(g, of(v, 'a'), [2, 0, 1]) },
  { name: 'Reshape', shapes: { a: [2, 6] }, compute: (g, v) => reshape(g, of(v, 'a'), [3, 4]) },
  { name: 'Slice', shapes: { a: [5, 2] }, compute: (g, v) => slice(g, of(v, 'a'), 0, 1, 4) },
  { name: 'Pad', shapes: { a: [2, 3] }, compute: (g, v) => pad(g, of(v, 'a'), 1, 2, 1) },
  {
    name: 'Concat',
    shapes: { a: [2, 3], b: [2, 1] },
    compute: (g, v) => concat(g, [of(v, 'a'), of(v, 'b')], -1),
  },
  { name: 'ReduceSum', shapes: { a: [2, 3, 4] }, compute: (g, v) => reduceSum(g, of(v, 'a'), [0, 2]) },
  {
    name: 'an LSTM layer, all steps used',
    shapes: { x: [4, 2, 3], kernel: [3, 8], recurrent: [2, 8], bias: [8] },
    compute: lstmOf,
  },
  {
    name: 'an LSTM layer, only the last step used',
    shapes: { x: [4, 2, 3], kernel: [3, 8], recurrent: [2, 8], bias: [8] },
    compute: (g, v) => slice(g, lstmOf(g, v), 0, 3, 4),
  },
];

describe('differentiate', () => {
  it.each(cases)('agrees with finite differences: $name', async ({ shapes, compute }) => {
    const { feeds, model } = lossAndGradients(shapes, compute);
    await using session = await loadOnnx(model);
    const lossAt = async (changed: Feeds): Promise<number> =>
      (await session.run(changed))['loss']?.data[0] ?? 0;
    const results = await session.run(feeds);
    for (const [name, dims] of Object.entries(shapes)) {
      const gradient = results[`gradient.${name}`];
      const expected = await finiteDifferences(feeds, name, lossAt);
      expect(gradient?.dims).toEqual(dims);
      expect(largestDifference(gradient?.data ?? [], expected)).toBeLessThan(TOLERANCE);
    }
  });

  it('refuses a value the loss does not depend on', () => {
    const graph = new GraphBuilder();
    const a = graph.input('a', [2]);
    const b = graph.input('b', [2]);
    expect(() => differentiate(graph, reduceSum(graph, a, [0]), [b])).toThrow('"b"');
  });

  it('refuses groups and dilations that it has no rule for', () => {
    const graph = new GraphBuilder();
    const image = graph.input('image', [1, 4, 4, 4]);
    const kernel = graph.input('kernel', [4, 2, 3, 3]);
    const grouped = convolve(graph, image, kernel, undefined, { groups: 2 });
    expect(() => differentiate(graph, reduceSum(graph, grouped, [0, 1, 2, 3]), [image])).toThrow('groups');
  });

  it('refuses an operator without a rule', () => {
    const graph = new GraphBuilder();
    const a = graph.input('a', [2]);
    const strange = graph.single('Erf', [a], a.dims);
    expect(() => differentiate(graph, reduceSum(graph, strange, [0]), [a])).toThrow('Erf');
  });

  it('computes nothing for what is not asked for', () => {
    const graph = new GraphBuilder();
    const data = graph.input('data', [4, 2]);
    const weight = graph.input('weight', [2, 3]);
    const loss = reduceSum(graph, matMul(graph, data, weight), [0, 1]);
    const before = graph.build('g').nodes.length;
    differentiate(graph, loss, [weight]);
    const added = graph.build('g').nodes.slice(before);
    expect(added.filter((node) => node.opType === 'Gemm')).toHaveLength(1);
  });
});

function lstmOf(graph: GraphBuilder, values: Record<string, Value>): Value {
  return lstmLayer(graph, of(values, 'x'), {
    kernel: of(values, 'kernel'),
    recurrent: of(values, 'recurrent'),
    bias: of(values, 'bias'),
  });
}

/** The loss is a weighted sum of the result, so that every element's gradient differs. */
function lossAndGradients(shapes: Shapes, compute: Compute) {
  const random = createRandom(1);
  const normal = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
  const graph = new GraphBuilder();
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, dims]) => [name, graph.input(name, dims)]),
  );
  const result = compute(graph, inputs);
  const dims = result.dims.map(Number);
  const weights = graph.initialiser('weights', { type: 'float32', dims, data: normal(elementCount(dims)) });
  const loss = reduceSum(
    graph,
    multiply(graph, result, weights),
    dims.map((_, axis) => axis),
  );
  const names = Object.keys(shapes);
  const gradients = differentiate(graph, loss, Object.values(inputs));
  graph.output('loss', loss);
  gradients.forEach((gradient, index) => {
    graph.output(`gradient.${names[index]}`, gradient);
  });
  const feeds: Feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, size]) => [name, { dims: size, data: normal(elementCount(size)) }]),
  );
  return { feeds, model: { graph: graph.build('test'), opset: 17, producer: 'test', metadata: {} } };
}

async function finiteDifferences(
  feeds: Feeds,
  name: string,
  lossAt: (feeds: Feeds) => Promise<number>,
): Promise<number[]> {
  const input = feeds[name];
  if (input === undefined) throw new Error(`no input ${name}`);
  const moved = async (index: number, by: number): Promise<number> => {
    const data = input.data.slice();
    data[index] = (data[index] ?? 0) + by;
    return await lossAt({ ...feeds, [name]: { ...input, data } });
  };
  const slopes: number[] = [];
  for (let index = 0; index < input.data.length; index++) {
    slopes.push(((await moved(index, STEP)) - (await moved(index, -STEP))) / (2 * STEP));
  }
  return slopes;
}

function largestDifference(actual: ArrayLike<number>, expected: readonly number[]): number {
  return Math.max(...expected.map((value, index) => Math.abs(value - (actual[index] ?? Number.NaN))));
}

function of(values: Record<string, Value>, name: string): Value {
  const value = values[name];
  if (value === undefined) throw new Error(`no value ${name}`);
  return value;
}
