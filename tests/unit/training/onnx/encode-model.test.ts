import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../../../src/training/onnx/decode-model.js';
import { encodeModel } from '../../../../src/training/onnx/encode-model.js';
import { GraphBuilder } from '../../../../src/training/onnx/graph-builder.js';
import type { OnnxAttribute, OnnxModel, OnnxTensor } from '../../../../src/training/onnx/model.js';
import { add, reduceSum } from '../../../../src/training/onnx/operators.js';
import { scan } from '../../../../src/training/onnx/scan.js';
import { loadOnnx } from '../../../helpers/run-onnx.js';

const float = fc.float({ noNaN: true });
const name = fc.string({ minLength: 1, maxLength: 12 });
const tensor: fc.Arbitrary<OnnxTensor> = fc.oneof(
  fc
    .array(float, { maxLength: 6 })
    .map((data) => ({ type: 'float32' as const, dims: [data.length], data: Float32Array.from(data) })),
  fc
    .array(fc.maxSafeInteger(), { maxLength: 6 })
    .map((data) => ({ type: 'int64' as const, dims: [data.length], data })),
  fc.int8Array({ maxLength: 6 }).map((data) => ({ type: 'int8' as const, dims: [data.length], data })),
);
const attribute: fc.Arbitrary<OnnxAttribute> = fc.oneof(
  fc.maxSafeInteger().map((int) => ({ int })),
  float.map((value) => ({ float: value })),
  fc.string().map((string) => ({ string })),
  fc.array(fc.maxSafeInteger()).map((ints) => ({ ints })),
  fc.array(float).map((floats) => ({ floats })),
  tensor.map((value) => ({ tensor: value })),
);
const info = fc.record({
  name,
  type: fc.constantFrom('float32' as const, 'int8' as const, 'int64' as const, 'bool' as const),
  dims: fc.array(fc.oneof(fc.nat(1000), name), { maxLength: 4 }),
});
const model: fc.Arbitrary<OnnxModel> = fc.record({
  graph: fc.record({
    name,
    nodes: fc.array(
      fc.record(
        {
          opType: name,
          domain: name,
          inputs: fc.array(fc.string()),
          outputs: fc.array(name),
          attributes: fc.dictionary(name, attribute, { maxKeys: 3, noNullPrototype: true }),
        },
        { requiredKeys: ['opType', 'inputs', 'outputs', 'attributes'] },
      ),
      { maxLength: 4 },
    ),
    inputs: fc.array(info, { maxLength: 3 }),
    outputs: fc.array(info, { maxLength: 3 }),
    initialisers: fc
      .uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key })
      .map((all) => new Map(all)),
  }),
  opset: fc.integer({ min: 1, max: 30 }),
  producer: fc.string(),
  metadata: fc.dictionary(name, fc.string(), { noNullPrototype: true }),
});

/** A graph whose loop adds up the rows of its input. */
function summingLoop(): OnnxModel {
  const graph = new GraphBuilder();
  const rows = graph.input('rows', [3, 2]);
  const zeros = graph.initialiser('zeros', { type: 'float32', dims: [2], data: new Float32Array(2) });
  const { states, outputs } = scan(graph, { states: { sum: zeros }, sequences: { rows } }, (body, values) => {
    const sum = add(body, values.sum, values.rows);
    return { states: { sum }, outputs: { running: sum } };
  });
  graph.output('total', states.sum);
  graph.output('running', outputs.running);
  graph.output('all', reduceSum(graph, states.sum, [0]));
  return { graph: graph.build('loop'), opset: 17, producer: 'test', metadata: { purpose: 'test' } };
}

describe('encodeModel and decodeModel', () => {
  it('give back any model as it was', () => {
    fc.assert(
      fc.property(model, (original) => {
        expect(decodeModel(encodeModel(original))).toEqual(original);
      }),
    );
  });

  it('give back infinite numbers and such as are none', () => {
    const node = {
      opType: 'Clip',
      inputs: ['x'],
      outputs: ['y'],
      attributes: { min: { float: -Infinity }, values: { floats: [Infinity, Number.NaN] } },
    };
    const graph = { name: 'g', nodes: [node], inputs: [], outputs: [], initialisers: new Map() };
    const original: OnnxModel = { graph, opset: 17, producer: 'test', metadata: {} };
    expect(decodeModel(encodeModel(original))).toEqual(original);
  });

  it('give back a loop, which ONNX Runtime runs', async () => {
    const original = summingLoop();
    const decoded = decodeModel(encodeModel(original));
    expect(decoded).toEqual(original);
    await using session = await loadOnnx(decoded);
    const rows = { dims: [3, 2], data: Float32Array.of(1, 10, 2, 20, 3, 30) };
    const { total, running, all } = await session.run({ rows });
    expect(total?.data).toEqual(Float32Array.of(6, 60));
    expect(running?.data).toEqual(Float32Array.of(1, 10, 3, 30, 6, 60));
    expect(all?.data).toEqual(Float32Array.of(66));
  });

  it('write the same bytes for the same model', () => {
    expect(encodeModel(summingLoop())).toEqual(encodeModel(summingLoop()));
  });

  it.each([
    ['no protobuf', Buffer.from('this is no model')],
    ['nothing', new Uint8Array()],
    ['half a model', encodeModel(summingLoop()).subarray(0, 40)],
  ])('refuse %s', (_, bytes) => {
    expect(() => decodeModel(bytes)).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }));
  });
});
