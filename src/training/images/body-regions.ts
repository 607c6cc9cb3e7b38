import type { Backbone } from '../backbones/backbone.js';
import { findCutPoints, nodesTowards } from '../onnx/cut-points.js';
import { sizeOf } from '../onnx/dims.js';
import { type Dim, halfToFloat, type OnnxGraph, type OnnxNode, type OnnxTensor } from '../onnx/model.js';
import { shapesOf } from './upper-part.js';

/**
 * A person stands upright, with room beside for arms and wide clothes. Networks halve both several times. Larger than people
 * often are on photographs: enlarged, a hat covers cells of its own.
 */
export const PERSON_SIZE = { widthPixels: 224, heightPixels: 448 } as const;

/** Parts of a standing person from the head (0) to the feet (1): where garments are worn. */
const REGIONS = {
  all: [0, 1],
  head: [0, 0.2],
  chest: [0.15, 0.45],
  hips: [0.35, 0.65],
  legs: [0.55, 1],
} as const;

/** How far beside the middle of a picture a person's garments reach, as share of half its width. */
const REACH = 0.85;

const FEATURES = 'region_features';

/**
 * The same network for pictures of one standing person: instead of one mean over the picture, its features are the means
 * over {@link REGIONS} of its last map, and of the last finer one, which still sees patterns, edges of sleeves and hats.
 * One region after the other for each channel.
 *
 * @returns `undefined` when the network's features are no mean over the picture
 */
export function withBodyRegions({ model, spec }: Backbone): Backbone | undefined {
  const graph = widened(model.graph);
  const pool = nodesTowards(graph, [spec.feature]).findLast(({ opType }) => opType === 'GlobalAveragePool');
  const [last] = pool?.inputs ?? [];
  if (last === undefined || spec.layout !== 'nchw') return undefined;
  const upright = { ...spec, ...PERSON_SIZE };
  const shapes = shapesOf({ model: { ...model, graph }, spec: upright });
  const dimsOf = (name: string): readonly Dim[] => shapes.get(name)?.dims ?? [];
  const finer = findCutPoints(graph, last).findLast(({ name }) => {
    const dims = dimsOf(name);
    return dims.length === 4 && sizeOf(dims, 2) > sizeOf(dimsOf(last), 2);
  });
  const maps = [last, ...(finer === undefined ? [] : [finer.name])];
  const means = maps.map((map) => regionMeans(map, dimsOf(map)));
  const taken = ['batch', 3, PERSON_SIZE.heightPixels, PERSON_SIZE.widthPixels];
  const inputs = graph.inputs.map((info) => (info.name === spec.input ? { ...info, dims: taken } : info));
  const joined: OnnxNode = {
    opType: 'Concat',
    inputs: means.map(({ output }) => output),
    outputs: [FEATURES],
    attributes: { axis: { int: 1 } },
  };
  const added = [...means.flatMap(({ nodes }) => nodes), joined];
  const initialisers = new Map([...graph.initialisers, ...means.flatMap(({ tensors }) => tensors)]);
  const nodes = [...nodesTowards(graph, [last]), ...added];
  return {
    spec: { ...upright, feature: FEATURES },
    model: { ...model, graph: { ...graph, inputs, initialisers, nodes } },
  };
}

/** What makes the means over regions of a map, `[batch, channels * regions]`. */
function regionMeans(
  map: string,
  dims: readonly Dim[],
): { readonly nodes: OnnxNode[]; readonly tensors: [string, OnnxTensor][]; readonly output: string } {
  const [rows, columns] = [sizeOf(dims, 2), sizeOf(dims, 3)];
  const [flat, shape, weights] = [`${map}.flat`, `${map}.dims`, `${map}.weights`];
  const [pooled, output] = [`${map}.pooled`, `${map}.regions`];
  return {
    nodes: [
      { opType: 'Reshape', inputs: [map, shape], outputs: [flat], attributes: {} },
      { opType: 'MatMul', inputs: [flat, weights], outputs: [pooled], attributes: {} },
      { opType: 'Flatten', inputs: [pooled], outputs: [output], attributes: { axis: { int: 1 } } },
    ],
    tensors: [
      [weights, regionWeights(rows, columns)],
      [shape, { type: 'int64', dims: [3], data: [0, -1, rows * columns] }],
    ],
    output,
  };
}

/** `[positions, regions]`; each region's weights add up to 1. */
function regionWeights(rows: number, columns: number): OnnxTensor {
  const regions = Object.values(REGIONS);
  const cells = Array.from({ length: rows * columns }, (_, cell) => {
    const row = (Math.floor(cell / columns) + 0.5) / rows;
    const beside = Math.abs(((cell % columns) + 0.5) / columns - 0.5) * 2;
    return regions.map(([from, to]) => (row >= from && row < to && beside <= REACH ? 1 : 0));
  });
  const sums = regions.map((_, region) => cells.reduce((sum, cell) => sum + (cell[region] ?? 0), 0));
  const data = Float32Array.from(
    cells.flatMap((cell) => cell.map((weight, region) => weight / (sums[region] ?? 1))),
  );
  return { type: 'float32', dims: [cells.length, regions.length], data };
}

/** The graph with the weights that it keeps in half precision as they are used, so that they can be trained. */
function widened(graph: OnnxGraph): OnnxGraph {
  const initialisers = new Map(graph.initialisers);
  const nodes = graph.nodes.filter((node) => {
    const [from = '', to = ''] = [node.inputs[0], node.outputs[0]];
    const half = initialisers.get(from);
    if (node.opType !== 'Cast' || half?.type !== 'float16') return true;
    initialisers.delete(from);
    initialisers.set(to, {
      type: 'float32',
      dims: half.dims,
      data: Float32Array.from(half.data, halfToFloat),
    });
    return false;
  });
  return { ...graph, nodes, initialisers };
}
