import type { OnnxGraph, OnnxModel, OnnxNode } from './model.js';

/** A tensor through which everything flows: what follows can be computed from it alone. */
export interface CutPoint {
  readonly name: string;
  /** Number of nodes up to and including the one that makes it. */
  readonly after: number;
}

/** All cut points of the way from the graph's first input to `output`, in the order of computation. */
export function findCutPoints(graph: OnnxGraph, output: string): CutPoint[] {
  const nodes = nodesTowards(graph, [output]);
  const lastUse = new Map<string, number>([[output, nodes.length]]);
  nodes.forEach((node, index) => {
    for (const input of node.inputs) {
      if (!graph.initialisers.has(input) && input !== '') {
        lastUse.set(input, Math.max(index, lastUse.get(input) ?? 0));
      }
    }
  });
  const live = new Set(graph.inputs.map((input) => input.name).filter((name) => lastUse.has(name)));
  return nodes.flatMap((node, index): CutPoint[] => {
    for (const made of node.outputs) if (lastUse.has(made)) live.add(made);
    for (const name of live) if ((lastUse.get(name) ?? -1) <= index) live.delete(name);
    const [only] = live;
    return live.size === 1 && only !== undefined && node.outputs.includes(only)
      ? [{ name: only, after: index + 1 }]
      : [];
  });
}

/** The nodes that some tensors depend on, in the graph's order. */
export function nodesTowards(graph: OnnxGraph, outputs: readonly string[]): OnnxNode[] {
  const wanted = new Set(outputs);
  const nodes: OnnxNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    for (const input of node.inputs) wanted.add(input);
    nodes.push(node);
  }
  return nodes.reverse();
}

/** The part of a model from its inputs to one tensor. */
export function modelUpTo(model: OnnxModel, tensor: string): OnnxModel {
  const { graph } = model;
  const nodes = nodesTowards(graph, [tensor]);
  const used = new Set(nodes.flatMap((node) => node.inputs));
  return {
    ...model,
    graph: {
      ...graph,
      nodes,
      inputs: graph.inputs.filter((input) => !graph.initialisers.has(input.name)),
      // Its sizes follow from the nodes; nobody has to know them here.
      outputs: [{ name: tensor, type: 'float32', dims: [] }],
      initialisers: new Map([...graph.initialisers].filter(([name]) => used.has(name))),
    },
  };
}
