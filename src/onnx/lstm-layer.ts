import { sizeOf } from './dims.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import {
  add,
  concat,
  flattenRows,
  gemm,
  matMul,
  multiply,
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
 * Computes what the ONNX operator `LSTM` does (no peepholes), but as a `Scan` that keeps what the gradient needs. The
 * inputs of all steps are multiplied at once, the loop holds only the recurrent product, and the gradient of each weight
 * is one product after the backward loop.
 *
 * @returns the hidden state after each step, `[steps, batch, cells]`
 */
export function lstmLayer(graph: GraphBuilder, x: Value, weights: LstmWeights): Value {
  const projected = add(graph, matMul(graph, x, weights.kernel), weights.bias);
  const { recurrent } = weights;
  return graph.primitive('LstmLoop', [projected, recurrent], () => {
    const { outputs } = forwardLoop(graph, projected, recurrent);
    return {
      output: outputs.hidden,
      pullBack: (ofHidden) => backward(graph, outputs, recurrent, ofHidden),
    };
  });
}

/** What the forward loop keeps of each step; all but `gates` (i, o, f: `3 * cells`) are `cells` wide. */
type Kept = Values<'gates' | 'candidate' | 'cellBefore' | 'squashedCell' | 'hiddenBefore' | 'hidden'>;

function forwardLoop(graph: GraphBuilder, projected: Value, recurrent: Value) {
  const cells = sizeOf(recurrent.dims, 0);
  const zeros = zeroState(graph, sizeOf(projected.dims, 1), cells);
  return scan(
    graph,
    { states: { hidden: zeros, cell: zeros }, sequences: { projected } },
    (body, { hidden, cell, projected: input }) => {
      const sums = add(body, matMul(body, hidden, recurrent), input);
      const [open, proposal] = split(body, sums, 1, [3 * cells, cells]);
      const gates = sigmoid(body, open);
      const candidate = tanh(body, proposal);
      const [inputGate, outputGate, forgetGate] = split(body, gates, 1, [cells, cells, cells]);
      const nextCell = add(body, multiply(body, forgetGate, cell), multiply(body, inputGate, candidate));
      const squashedCell = tanh(body, nextCell);
      const nextHidden = multiply(body, outputGate, squashedCell);
      return {
        states: { hidden: nextHidden, cell: nextCell },
        outputs: {
          gates,
          candidate,
          cellBefore: cell,
          squashedCell,
          hiddenBefore: hidden,
          hidden: nextHidden,
        },
      };
    },
  );
}

/** Gradients of the projected input and of the recurrent weights, by back-propagation through time. */
function backward(graph: GraphBuilder, kept: Kept, recurrent: Value, ofHidden: Value): readonly Value[] {
  const ofSums = backwardLoop(graph, kept, recurrent, ofHidden);
  const ofRecurrent = gemm(graph, flattenRows(graph, kept.hiddenBefore), flattenRows(graph, ofSums), {
    transposeA: true,
  });
  return [ofSums, ofRecurrent];
}

function backwardLoop(graph: GraphBuilder, kept: Kept, recurrent: Value, ofHidden: Value): Value {
  const cells = sizeOf(recurrent.dims, 0);
  const zeros = zeroState(graph, sizeOf(kept.hidden.dims, 1), cells);
  const back = transpose(graph, recurrent, [1, 0]);
  const { gates, candidate, cellBefore, squashedCell } = kept;
  const loop = scan(
    graph,
    {
      states: { nextHidden: zeros, nextCell: zeros },
      sequences: { gates, candidate, cellBefore, squashedCell, ofHidden },
      reverse: true,
    },
    (body, at) => {
      const hidden = add(body, at.nextHidden, at.ofHidden);
      const [inputGate, outputGate, forgetGate] = split(body, at.gates, 1, [cells, cells, cells]);
      const throughHidden = multiply(
        body,
        multiply(body, hidden, outputGate),
        tanhSlope(body, at.squashedCell),
      );
      const cell = add(body, at.nextCell, throughHidden);
      const opened = [
        multiply(body, cell, at.candidate),
        multiply(body, hidden, at.squashedCell),
        multiply(body, cell, at.cellBefore),
      ];
      const ofGates = multiply(body, concat(body, opened, 1), sigmoidSlope(body, at.gates));
      const ofCandidate = multiply(body, multiply(body, cell, inputGate), tanhSlope(body, at.candidate));
      const ofSums = concat(body, [ofGates, ofCandidate], 1);
      return {
        states: { nextHidden: matMul(body, ofSums, back), nextCell: multiply(body, cell, forgetGate) },
        outputs: { ofSums },
      };
    },
  );
  return loop.outputs.ofSums;
}

/** Derivative of tanh, from its result. */
function tanhSlope(graph: GraphBuilder, y: Value): Value {
  return subtract(graph, graph.scalar(1), multiply(graph, y, y));
}

/** Derivative of the sigmoid, from its result. */
function sigmoidSlope(graph: GraphBuilder, y: Value): Value {
  return multiply(graph, y, subtract(graph, graph.scalar(1), y));
}

function zeroState(graph: GraphBuilder, batch: number, cells: number): Value {
  const data = new Float32Array(batch * cells);
  return graph.initialiser(`zeros:${batch}x${cells}`, { type: 'float32', dims: [batch, cells], data });
}
