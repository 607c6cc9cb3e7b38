import { describe, expect, it } from 'vitest';
import { findCutPoints, modelUpTo, nodesTowards } from '../../../../src/training/onnx/cut-points.js';
import type { OnnxGraph, OnnxNode } from '../../../../src/training/onnx/model.js';

const node = (opType: string, inputs: string[], output: string): OnnxNode => ({
  opType,
  inputs,
  outputs: [output],
  attributes: {},
});

/** A residual block between two layers, and a branch that leads nowhere. */
const graph: OnnxGraph = {
  name: 'g',
  inputs: [{ name: 'image', type: 'float32', dims: [1] }],
  outputs: [{ name: 'out', type: 'float32', dims: [1] }],
  nodes: [
    node('Conv', ['image', 'w1'], 'a'),
    node('Relu', ['a'], 'b'),
    node('Conv', ['b', 'w2'], 'c'),
    node('Sigmoid', ['a'], 'elsewhere'),
    node('Add', ['b', 'c'], 'd'),
    node('Relu', ['d'], 'out'),
  ],
  initialisers: new Map([
    ['w1', { type: 'float32', dims: [1], data: Float32Array.of(1) }],
    ['w2', { type: 'float32', dims: [1], data: Float32Array.of(2) }],
  ]),
};

describe('findCutPoints', () => {
  it('finds tensors through which everything flows, not those inside a residual block', () => {
    expect(findCutPoints(graph, 'out').map(({ name }) => name)).toEqual(['a', 'b', 'd', 'out']);
  });

  it('counts the nodes before them among those that lead to the output', () => {
    const [, , d] = findCutPoints(graph, 'out');
    expect(nodesTowards(graph, ['out']).slice(d?.after)).toEqual([graph.nodes[5]]);
  });
});

describe('modelUpTo', () => {
  it('keeps what a tensor depends on and nothing else', () => {
    const part = modelUpTo({ graph, opset: 17, producer: 'test', metadata: {} }, 'b');
    expect(part.graph.nodes.map(({ opType }) => opType)).toEqual(['Conv', 'Relu']);
    expect([...part.graph.initialisers.keys()]).toEqual(['w1']);
    expect(part.graph.outputs.map(({ name }) => name)).toEqual(['b']);
  });
});
