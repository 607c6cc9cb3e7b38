import { join } from 'node:path';
import type { ImageManifest } from '../../src/inference/models/manifest.js';
import { sha256Of, writeModelFolder } from '../../src/inference/models/model-folder.js';
import { encodeModel } from '../../src/training/onnx/encode-model.js';
import type { OnnxModel } from '../../src/training/onnx/model.js';

/** How much more probable a colour becomes with its share; 255 of one colour alone is sure. */
const STEEPNESS = 10;

/** An image model whose answer can be worked out by hand: softmax of ten times the mean of R, G and B, each 0..1. */
export function colourOnnx(sidePixels = 8): OnnxModel {
  const kernel = Float32Array.from({ length: 9 }, (_, at) => (at % 4 === 0 ? STEEPNESS : 0));
  return {
    opset: 17,
    producer: 'test',
    metadata: {},
    graph: {
      name: 'colour',
      inputs: [{ name: 'image', type: 'float32', dims: ['batch', 3, sidePixels, sidePixels] }],
      outputs: [
        { name: 'label', type: 'float32', dims: ['batch', 3] },
        { name: 'features', type: 'float32', dims: ['batch', 3] },
      ],
      nodes: [
        { opType: 'GlobalAveragePool', inputs: ['image'], outputs: ['mean'], attributes: {} },
        { opType: 'Flatten', inputs: ['mean'], outputs: ['features'], attributes: { axis: { int: 1 } } },
        { opType: 'MatMul', inputs: ['features', 'kernel'], outputs: ['logits'], attributes: {} },
        { opType: 'Softmax', inputs: ['logits'], outputs: ['label'], attributes: { axis: { int: -1 } } },
      ],
      initialisers: new Map([['kernel', { type: 'float32', dims: [3, 3], data: kernel }]]),
    },
  };
}

export function colourManifest(overrides: Partial<ImageManifest> = {}): ImageManifest {
  return {
    name: 'colour',
    version: '1',
    kind: 'image',
    file: 'model.onnx',
    sha256: sha256Of(encodeModel(colourOnnx())),
    provenance: { data: 'none', licence: 'CC0-1.0', protocol: 'none', metrics: {} },
    input: 'image',
    layout: 'nchw',
    widthPixels: 8,
    heightPixels: 8,
    resize: 'stretch',
    channelOrder: 'rgb',
    mean: [0, 0, 0],
    std: [255, 255, 255],
    output: 'label',
    scores: 'probabilities',
    feature: 'features',
    classes: ['red', 'green', 'blue'],
    ...overrides,
  };
}

/** Writes the model into the folder of its name below `directory`. */
export async function writeColourModel(
  directory: string,
  overrides: Partial<ImageManifest> = {},
): Promise<void> {
  const manifest = colourManifest(overrides);
  const model = encodeModel(colourOnnx(manifest.widthPixels));
  await writeModelFolder(join(directory, manifest.name), manifest, model, '# Test\n');
}
