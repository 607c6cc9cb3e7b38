import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BACKBONE_FILE,
  type BackboneSpec,
  backboneSpecSchema,
} from '../../src/training/backbones/backbone.js';
import { encodeModel } from '../../src/training/onnx/encode-model.js';
import { GraphBuilder } from '../../src/training/onnx/graph-builder.js';
import type { OnnxModel } from '../../src/training/onnx/model.js';
import { add, clip, convolve, globalAveragePool } from '../../src/training/onnx/operators.js';
import { createRandom } from '../../src/training/random.js';

export const TINY_SPEC: BackboneSpec = backboneSpecSchema.parse({
  name: 'a tiny network',
  licence: 'CC0-1.0',
  origin: 'this test',
  file: 'backbone.onnx',
  input: 'image',
  layout: 'nchw',
  widthPixels: 16,
  heightPixels: 16,
  mean: [127.5, 127.5, 127.5],
  std: [127.5, 127.5, 127.5],
  feature: 'features',
});

/** A network in the manner of MobileNetV2, 16 x 16 pixels to 12 features, with random weights. */
export function tinyBackbone(): OnnxModel {
  const graph = new GraphBuilder();
  const random = createRandom(2);
  const weight = (name: string, ...dims: number[]) => {
    const length = dims.reduce((product, size) => product * size, 1);
    const inputs = dims.slice(1).reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length }, () => (random.normal() * Math.sqrt(2)) / Math.sqrt(inputs));
    return graph.initialiser(name, { type: 'float32', dims, data });
  };
  const relu6 = (x: ReturnType<typeof convolve>) => clip(graph, x, 0, 6);
  const image = graph.input('image', ['batch', 3, 16, 16]);
  const first = relu6(
    convolve(graph, image, weight('conv1.kernel', 8, 3, 3, 3), undefined, {
      pads: [0, 0, 1, 1],
      strides: [2, 2],
    }),
  );
  const wide = relu6(convolve(graph, first, weight('conv2.kernel', 16, 8, 1, 1), undefined));
  const deep = relu6(
    convolve(graph, wide, weight('conv3.kernel', 16, 1, 3, 3), undefined, { pads: [1, 1, 1, 1], groups: 16 }),
  );
  const narrow = convolve(graph, deep, weight('conv4.kernel', 8, 16, 1, 1), undefined);
  const last = relu6(
    convolve(graph, add(graph, first, narrow), weight('conv5.kernel', 12, 8, 1, 1), undefined),
  );
  graph.output('features', graph.single('Flatten', [globalAveragePool(graph, last)], ['batch', 12]));
  return { graph: graph.build('tiny'), opset: 17, producer: 'test', metadata: {} };
}

/** Writes the tiny network as a folder to train from. */
export async function writeTinyBackbone(folder: string): Promise<void> {
  await writeFile(join(folder, TINY_SPEC.file), encodeModel(tinyBackbone()));
  await writeFile(join(folder, BACKBONE_FILE), JSON.stringify(TINY_SPEC));
}
