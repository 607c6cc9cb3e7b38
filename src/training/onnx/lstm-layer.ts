import { elementCount, sizeOf } from './dims.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import {
  add,
  concat,
  gemm,
  matMul,
  multiply,
  reduceSum,
  sigmoid,
  split,
  subtract,
  tanh,
  transpose,
} from './operators.js';
import { scan, type Values } from './scan.js';

export interface LstmWeights {
  /** `[inputs, 4 * cells]`, gates in the order i, o, f, c. */
  readonly kernel: Value;
  /** `[cells, 4 * cells]`. */
  readonly recurrent: Value;
  /** `[4 * cells]`. */
  readonly bias: Value;
}

/**
 * A long short-term memory layer that can be trained, on time-major input `[steps, batch, inputs]`.
 *
 * Computes what the ONNX operator `LSTM` does (no peepholes), but as a `Scan` that keeps what the gradient needs. A step
 * multiplies input and hidden state with both kernels at once, and the backward steps sum up the gradient of the weights
 * as they go: measured faster than products over all steps at once, because everything a step touches stays in the cache.
 *
 * @returns the hidden state after each step, `[steps, batch, cells]`
 */
export function lstmLayer(graph: GraphBuilder, x: Value, weights: LstmWeights): Value {
  const { kernel, recurrent, bias } = weights;
  return graph.primitive('LstmLoop', [x, kernel, recurrent, bias], () => {
    const joint = concat(graph, [kernel, recurrent], 0);
    const kept = forward(graph, x, joint, bias);
    return {
      output: kept.hidden,
      pullBack: (ofHidden) => {
        const gradients = backward(graph, kept, joint, sizeOf(x.dims, 2), ofHidden);
        const [ofKernel, ofRecurrent] = split(graph, gradients.ofJoint, 0, [
          sizeOf(kernel.dims, 0),
          sizeOf(recurrent.dims, 0),
        ]);
        return [gradients.ofX, ofKernel, ofRecurrent, gradients.ofBias];
      },
    };
  });
}

/** What the forward loop keeps of each step; `gates` are i, o, f after the sigmoid, `joined` is input and hidden state. */
type Kept = Values<'gates' | 'candidate' | 'cellBefore' | 'squashedCell' | 'joined' | 'hidden'>;

function forward(graph: GraphBuilder, x: Value, joint: Value, bias: Value): Kept {
  const cells = sizeOf(joint.dims, 1) / 4;
  const zeroState = zeros(graph, [sizeOf(x.dims, 1), cells]);
  const loop = scan(
    graph,
    { states: { hidden: zeroState, cell: zeroState }, sequences: { x } },
    (body, { hidden, cell, x: input }) => {
      const joined = concat(body, [input, hidden], 1);
      const sums = add(body, matMul(body, joined, joint), bias);
      const [open, proposal] = split(body, sums, 1, [3 * cells, cells]);
      const gates = sigmoid(body, open);
      const candidate = tanh(body, proposal);
      const [inputGate, outputGate, forgetGate] = split(body, gates, 1, [cells, cells, cells]);
      const nextCell = add(body, multiply(body, forgetGate, cell), multiply(body, inputGate, candidate));
      const squashedCell = tanh(body, nextCell);
      const nextHidden = multiply(body, outputGate, squashedCell);
      return {
        states: { hidden: nextHidden, cell: nextCell },
        outputs: { gates, candidate, cellBefore: cell, squashedCell, joined, hidden: nextHidden },
      };
    },
  );
  return loop.outputs;
}

/** Back-propagation through time. */
function backward(
  graph: GraphBuilder,
  kept: Kept,
  joint: Value,
  inputs: number,
  ofHidden: Value,
): Values<'ofX' | 'ofJoint' | 'ofBias'> {
  const cells = sizeOf(joint.dims, 1) / 4;
  const zeroState = zeros(graph, [sizeOf(ofHidden.dims, 1), cells]);
  const back = transpose(graph, joint, [1, 0]);
  const { gates, candidate, cellBefore, squashedCell, joined } = kept;
  const loop = scan(
    graph,
    {
      states: {
        nextHidden: zeroState,
        nextCell: zeroState,
        ofJoint: zeros(graph, joint.dims),
        ofBias: zeros(graph, [4 * cells]),
      },
      sequences: { gates, candidate, cellBefore, squashedCell, joined, ofHidden },
      reverse: true,
    },
    (body, at) => {
      const hidden = add(body, at.nextHidden, at.ofHidden);
      const { ofSums, ofCellBefore } = cellGradients(body, at, hidden, at.nextCell, cells);
      const [ofX, ofHiddenBefore] = split(body, matMul(body, ofSums, back), 1, [inputs, cells]);
      return {
        states: {
          nextHidden: ofHiddenBefore,
          nextCell: ofCellBefore,
          ofJoint: gemm(body, at.joined, ofSums, { transposeA: true, addend: at.ofJoint }),
          ofBias: add(body, at.ofBias, reduceSum(body, ofSums, [0])),
        },
        outputs: { ofX },
      };
    },
  );
  return { ofX: loop.outputs.ofX, ofJoint: loop.states.ofJoint, ofBias: loop.states.ofBias };
}

/** Through one step: from the gradients of its states to those of the sums before the gates. */
function cellGradients(
  body: GraphBuilder,
  at: Values<'gates' | 'candidate' | 'cellBefore' | 'squashedCell'>,
  ofHidden: Value,
  ofNextCell: Value,
  cells: number,
): Values<'ofSums' | 'ofCellBefore'> {
  const [inputGate, outputGate, forgetGate] = split(body, at.gates, 1, [cells, cells, cells]);
  const throughHidden = multiply(
    body,
    multiply(body, ofHidden, outputGate),
    tanhSlope(body, at.squashedCell),
  );
  const ofCell = add(body, ofNextCell, throughHidden);
  const opened = [
    multiply(body, ofCell, at.candidate),
    multiply(body, ofHidden, at.squashedCell),
    multiply(body, ofCell, at.cellBefore),
  ];
  const ofGates = multiply(body, concat(body, opened, 1), sigmoidSlope(body, at.gates));
  const ofCandidate = multiply(body, multiply(body, ofCell, inputGate), tanhSlope(body, at.candidate));
  return {
    ofSums: concat(body, [ofGates, ofCandidate], 1),
    ofCellBefore: multiply(body, ofCell, forgetGate),
  };
}

/** Derivative of tanh, from its result. */
function tanhSlope(graph: GraphBuilder, y: Value): Value {
  return subtract(graph, graph.scalar(1), multiply(graph, y, y));
}

/** Derivative of the sigmoid, from its result. */
function sigmoidSlope(graph: GraphBuilder, y: Value): Value {
  return multiply(graph, y, subtract(graph, graph.scalar(1), y));
}

function zeros(graph: GraphBuilder, dims: Value['dims']): Value {
  const data = new Float32Array(elementCount(dims));
  return graph.initialiser(`zeros:${dims.join('x')}`, { type: 'float32', dims: dims.map(Number), data });
}
