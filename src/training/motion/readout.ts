import type { GraphBuilder, Value } from '../onnx/graph-builder.js';
import { multiply, reduceSum } from '../onnx/operators.js';

/** Mean over the time steps of `[steps, batch, cells]`: what the heads read with the readout `mean`. */
export function meanOverTime(graph: GraphBuilder, sequence: Value, steps: number): Value {
  return multiply(graph, reduceSum(graph, sequence, [0]), graph.scalar(1 / steps));
}
