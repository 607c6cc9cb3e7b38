import { nodesTowards } from '../onnx/cut-points.js';
import type { OnnxGraph, OnnxModel, OnnxNode } from '../onnx/model.js';
import type { BackboneSpec } from './backbone-spec.js';
import { GOOGLENET } from './googlenet.js';

/** A network that can be told by its graph. */
interface KnownNetwork {
  readonly name: string;
  readonly matches: (graph: OnnxGraph) => boolean;
  readonly feeding: Pick<BackboneSpec, 'layout' | 'channelOrder' | 'mean' | 'std' | 'licence' | 'origin'>;
}

const KNOWN: readonly KnownNetwork[] = [
  {
    name: 'GoogLeNet',
    // Nine inception modules join four branches each; no other network of the model zoo takes `data_0` and has them.
    matches: (graph) =>
      graph.inputs.some(({ name }) => name === 'data_0') &&
      graph.nodes.filter(({ opType, inputs }) => opType === 'Concat' && inputs.length === 4).length === 9,
    feeding: GOOGLENET,
  },
];

/** Operators between features and classifier that change no value. */
const PASSING = new Set(['Dropout', 'Identity', 'Reshape', 'Flatten']);

/** Tells how a network wants to be fed by its graph, where that is known. */
export function recogniseBackbone({ graph }: OnnxModel, file: string): BackboneSpec | undefined {
  const known = KNOWN.find(({ matches }) => matches(graph));
  const input = graph.inputs.find(({ name }) => !graph.initialisers.has(name));
  const feature = findFeature(graph);
  const [, , height, width] = input?.dims ?? [];
  if (!known || !input || feature === undefined || typeof height !== 'number' || typeof width !== 'number') {
    return undefined;
  }
  const { name, feeding } = known;
  return { ...feeding, name, file, input: input.name, widthPixels: width, heightPixels: height, feature };
}

/** The tensor that the last matrix product, the classifier, is made of. */
function findFeature(graph: OnnxGraph): string | undefined {
  const nodes = nodesTowards(
    graph,
    graph.outputs.slice(0, 1).map(({ name }) => name),
  );
  const classifier = nodes.findLast(({ opType }) => opType === 'Gemm' || opType === 'MatMul');
  const producerOf = (tensor: string | undefined): OnnxNode | undefined =>
    nodes.find(({ outputs }) => tensor !== undefined && outputs.includes(tensor));
  let [feature] = classifier?.inputs ?? [];
  for (let node = producerOf(feature); node && PASSING.has(node.opType); node = producerOf(feature)) {
    [feature] = node.inputs;
  }
  return feature;
}
