import { halfWeights } from '../images/export-image-model.js';
import { elementCount } from '../onnx/dims.js';
import type { GraphBuilder, Value } from '../onnx/graph-builder.js';
import type { OnnxModel } from '../onnx/model.js';
import { add, concat, multiply, sigmoid, slice, subtract, transpose } from '../onnx/operators.js';
import { FINDER_SIZE_PIXELS } from './backbone.js';
import type { TfliteModel } from './tflite-model.js';
import { TfliteCarrier } from './tflite-to-onnx.js';

/*
 * The single-shot detector of MediaPipe's objectron package (Liu et al. 2016; anchors and scales as in MediaPipe's
 * SsdAnchorsCalculator and TfLiteTensorsToDetectionsCalculator, copyright the MediaPipe Authors, Apache License 2.0).
 */
const CLASSES = 24;
const PERSON = 4;
const FIRST_STRIDE_PIXELS = 16;
const LAYERS = 6;
const SCALE = { least: 0.2, most: 0.95, lowest: 0.1 } as const;
const ASPECT_RATIOS = [1, 2, 0.5, 3, 0.3333] as const;
/** What the network's offsets are divided by: centres, and the logarithms of sizes. */
const OFFSET_SCALE = { centre: 10, size: 5 } as const;

/** A box by its centre and size, as shares of the picture. */
type Anchor = readonly [centreY: number, centreX: number, height: number, width: number];

/**
 * Makes the network that finds people: input `image` `[batch, 3, 300, 300]`, values from -1 to 1; outputs `scores`
 * `[batch, anchors]`, how sure it is that a box has a person, and `boxes` `[batch, anchors, 4]`: top, left, bottom and
 * right as shares of the picture.
 *
 * @throws GatewayError `MODEL_INVALID` when the file is of another network
 */
export function peopleFinderOf(model: TfliteModel): OnnxModel {
  const carrier = new TfliteCarrier(model, FINDER_SIZE_PIXELS);
  const { graph } = carrier;
  const layers = Array.from({ length: LAYERS }, (_, layer) => ({
    scores: rows(graph, carrier.named(`BoxPredictor_${layer}/ClassPredictor/BiasAdd`), CLASSES),
    boxes: rows(graph, carrier.named(`BoxPredictor_${layer}/BoxEncodingPredictor/BiasAdd`), 4),
  }));
  const scores = concat(
    graph,
    layers.map((layer) => layer.scores),
    1,
  );
  const person = sigmoid(graph, slice(graph, scores, 2, PERSON, PERSON + 1));
  graph.output('scores', graph.single('Squeeze', [person, graph.integers([2])], person.dims.slice(0, 2)));
  graph.output(
    'boxes',
    decodedBoxes(
      graph,
      concat(
        graph,
        layers.map((layer) => layer.boxes),
        1,
      ),
    ),
  );
  return halfWeights({ graph: graph.build('people'), opset: 17, producer: 'alongside', metadata: {} });
}

/** `[batch, boxes of a position × values, rows, columns]` as `[batch, boxes, values]`. */
function rows(graph: GraphBuilder, x: Value, values: number): Value {
  const positionLast = transpose(graph, x, [0, 2, 3, 1]);
  const boxes = elementCount(positionLast.dims.slice(1)) / values;
  return graph.single(
    'Reshape',
    [positionLast, graph.integers([0, boxes, values])],
    ['batch', boxes, values],
  );
}

/** Corners of boxes from what the network says about their anchors. */
function decodedBoxes(graph: GraphBuilder, offsets: Value): Value {
  const anchors = layerAnchors();
  const constant = (name: string, pick: (anchor: Anchor) => readonly number[]): Value =>
    graph.initialiser(name, {
      type: 'float32',
      dims: [anchors.length, 2],
      data: Float32Array.from(anchors.flatMap(pick)),
    });
  const centres = constant('anchor.centres', ([y, x]) => [y, x]);
  const sizes = constant('anchor.sizes', ([, , height, width]) => [height, width]);
  const moved = multiply(graph, slice(graph, offsets, 2, 0, 2), graph.scalar(1 / OFFSET_SCALE.centre));
  const grown = multiply(graph, slice(graph, offsets, 2, 2, 4), graph.scalar(1 / OFFSET_SCALE.size));
  const centre = add(graph, multiply(graph, moved, sizes), centres);
  const growth = graph.single('Exp', [grown], grown.dims);
  const halfSize = multiply(graph, multiply(graph, growth, sizes), graph.scalar(0.5));
  return concat(graph, [subtract(graph, centre, halfSize), add(graph, centre, halfSize)], 2);
}

function layerAnchors(): Anchor[] {
  return Array.from({ length: LAYERS }, (_, layer) => {
    const side = Math.ceil(FINDER_SIZE_PIXELS / (FIRST_STRIDE_PIXELS * 2 ** layer));
    const shapes = layer === 0 ? lowestShapes() : shapesOf(layer);
    const at = (index: number): number => (index + 0.5) / side;
    const positions = Array.from(
      { length: side * side },
      (__, cell) => [at(Math.floor(cell / side)), at(cell % side)] as const,
    );
    return positions.flatMap(([y, x]) => shapes.map(([height, width]): Anchor => [y, x, height, width]));
  }).flat();
}

/** Few small boxes where there are most positions. */
function lowestShapes(): (readonly [height: number, width: number])[] {
  return [[SCALE.lowest, SCALE.lowest], shaped(SCALE.least, 2), shaped(SCALE.least, 0.5)];
}

function shapesOf(layer: number): (readonly [height: number, width: number])[] {
  const between = Math.sqrt(scaleOf(layer) * scaleOf(layer + 1));
  return [...ASPECT_RATIOS.map((ratio) => shaped(scaleOf(layer), ratio)), [between, between]];
}

function scaleOf(layer: number): number {
  return layer >= LAYERS ? 1 : SCALE.least + ((SCALE.most - SCALE.least) * layer) / (LAYERS - 1);
}

function shaped(scale: number, widthToHeight: number): readonly [height: number, width: number] {
  return [scale / Math.sqrt(widthToHeight), scale * Math.sqrt(widthToHeight)];
}
