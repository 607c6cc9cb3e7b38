import { GatewayError } from '../../shared/errors.js';
import type { Backbone } from '../backbones/backbone.js';
import { type CutPoint, findCutPoints, nodesTowards } from '../onnx/cut-points.js';
import { GraphBuilder, type Value } from '../onnx/graph-builder.js';
import { replayNodes } from '../onnx/replay.js';
import { buildFineTuneGraph } from './fine-tune-engine.js';
import { takeUpperPart } from './upper-part.js';

/** Convolutions that stay as they are: the first ones see edges and colours, which all photographs have. */
const FROZEN_SHARE = 0.4;

/**
 * The tensor above which a backbone is fine-tuned: the first after two fifths of its convolutions from which on all
 * operators have gradients.
 *
 * @throws GatewayError `MODEL_INVALID` when there is none
 */
export function chooseCut(backbone: Backbone): string {
  const { model, spec } = backbone;
  const nodes = nodesTowards(model.graph, [spec.feature]);
  const points = findCutPoints(model.graph, spec.feature).slice(0, -1);
  const convolutions = (count: number): number =>
    nodes.slice(0, count).filter(({ opType }) => opType === 'Conv').length;
  const wanted = FROZEN_SHARE * convolutions(nodes.length);
  const values = shapesOf(backbone);
  const found = points.find(
    (point) => convolutions(point.after) >= wanted && isTrainable(backbone, point, values),
  );
  if (found !== undefined) return found.name;
  throw new GatewayError('MODEL_INVALID', `${spec.name} has no upper part that can be fine-tuned`);
}

/** Shapes of all tensors for one image. */
export function shapesOf({ model, spec }: Backbone): ReadonlyMap<string, Value> {
  const graph = new GraphBuilder();
  const values = new Map<string, Value>();
  for (const [name, tensor] of model.graph.initialisers) values.set(name, graph.initialiser(name, tensor));
  const { widthPixels, heightPixels } = spec;
  const dims = spec.layout === 'nchw' ? [1, 3, heightPixels, widthPixels] : [1, heightPixels, widthPixels, 3];
  values.set(spec.input, graph.input(spec.input, dims));
  replayNodes(graph, nodesTowards(model.graph, [spec.feature]), values);
  return values;
}

function isTrainable(
  { model, spec }: Backbone,
  { name }: CutPoint,
  values: ReadonlyMap<string, Value>,
): boolean {
  const dims = values.get(name)?.dims.slice(1).map(Number) ?? [];
  try {
    const part = takeUpperPart(model, spec.feature, name, dims);
    buildFineTuneGraph({
      part,
      batchSize: 1,
      classes: 2,
      link: 'softmax',
      teacherFeatures: 0,
      teacherWeight: 0,
    });
    return part.parameters.length > 0;
  } catch {
    // An operator without a gradient; further up there may be none.
    return false;
  }
}
