import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OnnxModel, OnnxTensor } from '../../../../src/training/onnx/model.js';
import { quantiseLstms } from '../../../../src/training/onnx/quantise-lstms.js';
import { loadOnnx } from '../../../helpers/run-onnx.js';

const [STEPS, BATCH, INPUTS, CELLS] = [5, 2, 3, 4];
const ROWS = 4 * CELLS;

interface Weights {
  readonly kernel: Float32Array;
  readonly recurrent: Float32Array;
  readonly bias: Float32Array;
}

/** One LSTM layer; what it says is its last hidden state. */
function lstmModel({ kernel, recurrent, bias }: Weights): OnnxModel {
  const tensor = (dims: number[], data: Float32Array): OnnxTensor => ({ type: 'float32', dims, data });
  return {
    graph: {
      name: 'lstm',
      nodes: [
        {
          opType: 'LSTM',
          inputs: ['x', 'kernel', 'recurrent', 'bias'],
          outputs: ['all', 'last'],
          attributes: { hidden_size: { int: CELLS } },
        },
      ],
      inputs: [{ name: 'x', type: 'float32', dims: [STEPS, BATCH, INPUTS] }],
      outputs: [{ name: 'last', type: 'float32', dims: [1, BATCH, CELLS] }],
      initialisers: new Map([
        ['kernel', tensor([1, ROWS, INPUTS], kernel)],
        ['recurrent', tensor([1, ROWS, CELLS], recurrent)],
        ['bias', tensor([1, 2 * ROWS], bias)],
      ]),
    },
    opset: 17,
    producer: 'test',
    metadata: {},
  };
}

const floats = (length: number, max = 1) =>
  fc.float32Array({ minLength: length, maxLength: length, min: -max, max, noNaN: true });
const weights = fc.record({
  kernel: floats(ROWS * INPUTS, 100),
  recurrent: floats(ROWS * CELLS),
  bias: floats(2 * ROWS),
});

function initialiser(model: OnnxModel, name: string): OnnxTensor {
  const found = model.graph.initialisers.get(name);
  if (found === undefined) throw new Error(`no initialiser ${name}`);
  return found;
}

describe(quantiseLstms, () => {
  it('keeps each weight within half a step of its row, in the other order', () => {
    fc.assert(
      fc.property(weights, (given) => {
        const quantised = quantiseLstms(lstmModel(given));
        for (const [name, columns] of [['kernel', INPUTS] as const, ['recurrent', CELLS] as const]) {
          const { data, dims } = initialiser(quantised, `${name}.int8`);
          const scales = initialiser(quantised, `${name}.scale`).data;
          expect(dims).toEqual([1, columns, ROWS]);
          given[name].forEach((weight, at) => {
            const [row, column] = [Math.floor(at / columns), at % columns];
            const scale = scales[row] ?? Number.NaN;
            const read = (data[column * ROWS + row] ?? Number.NaN) * scale;
            expect(Math.abs(read - weight)).toBeLessThanOrEqual(scale * 0.501);
          });
        }
      }),
    );
  });

  it('leaves what else the layer has, and none of the weights that it had', () => {
    const given = {
      kernel: new Float32Array(48),
      recurrent: new Float32Array(64),
      bias: new Float32Array(32),
    };
    const { nodes, initialisers } = quantiseLstms(lstmModel(given)).graph;
    expect(nodes).toEqual([
      {
        opType: 'DynamicQuantizeLSTM',
        domain: 'com.microsoft',
        inputs: [
          ...['x', 'kernel.int8', 'recurrent.int8', 'bias', '', '', '', ''],
          ...['kernel.scale', 'kernel.zero', 'recurrent.scale', 'recurrent.zero'],
        ],
        outputs: ['all', 'last'],
        attributes: { hidden_size: { int: CELLS } },
      },
    ]);
    expect([...initialisers.keys()]).not.toContain('kernel');
  });

  it('says nearly the same when ONNX Runtime runs it', async () => {
    const seeded = fc.sample(weights, { seed: 7, numRuns: 1 })[0];
    const x = fc.sample(floats(STEPS * BATCH * INPUTS), { seed: 8, numRuns: 1 })[0];
    if (seeded === undefined || x === undefined) throw new Error('no sample');
    const model = lstmModel({ ...seeded, kernel: seeded.kernel.map((weight) => weight / 100) });
    await using before = await loadOnnx(model);
    await using after = await loadOnnx(quantiseLstms(model));
    const feeds = { x: { dims: [STEPS, BATCH, INPUTS], data: x } };
    const [one, other] = [await before.run(feeds), await after.run(feeds)].map((said) => said['last']?.data);
    expect(one?.some((value) => Math.abs(value) > 0.05)).toBe(true);
    one?.forEach((value, at) => {
      expect(other?.[at]).toBeCloseTo(value, 1);
    });
  });

  it('refuses a model without LSTM layers', () => {
    const model = lstmModel({
      kernel: new Float32Array(48),
      recurrent: new Float32Array(64),
      bias: new Float32Array(32),
    });
    expect(() => quantiseLstms({ ...model, graph: { ...model.graph, nodes: [] } })).toThrow('no LSTM layer');
  });
});
