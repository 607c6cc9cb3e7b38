import { join } from 'node:path';
import type { SampleWindow } from '../../src/domain/window.js';
import type { SequenceManifest } from '../../src/inference/models/manifest.js';
import { sha256Of, writeModelFolder } from '../../src/inference/models/model-folder.js';
import { encodeModel } from '../../src/training/onnx/encode-model.js';
import type { Dim, OnnxModel } from '../../src/training/onnx/model.js';
import { deviceId } from './sensor-messages.js';

/** A model whose answer can be worked out by hand: P(yes) = sigmoid(bias + weight * sum of the window's values). */
export interface TinyModel {
  readonly sizeSamples: number;
  readonly channels: number;
  readonly weight: number;
  readonly bias: number;
  readonly output: string;
  readonly softmax: boolean;
  readonly batch: Dim;
}

const DEFAULTS: TinyModel = {
  sizeSamples: 4,
  channels: 3,
  weight: 1,
  bias: 0,
  output: 'accompanied',
  softmax: true,
  batch: 'batch',
};

export function tinyOnnx(overrides: Partial<TinyModel> = {}): OnnxModel {
  const { sizeSamples, channels, weight, bias, output, softmax, batch } = { ...DEFAULTS, ...overrides };
  const length = sizeSamples * channels;
  const kernel = Float32Array.from({ length: length * 2 }, (_, index) => (index % 2) * weight);
  return {
    opset: 17,
    producer: 'test',
    metadata: {},
    graph: {
      name: 'tiny',
      inputs: [{ name: 'window', type: 'float32', dims: [batch, sizeSamples, channels] }],
      outputs: [{ name: output, type: 'float32', dims: [batch, 2] }],
      nodes: [
        { opType: 'Flatten', inputs: ['window'], outputs: ['flat'], attributes: { axis: { int: 1 } } },
        { opType: 'Gemm', inputs: ['flat', 'kernel', 'bias'], outputs: ['logits'], attributes: {} },
        softmax
          ? { opType: 'Softmax', inputs: ['logits'], outputs: [output], attributes: { axis: { int: -1 } } }
          : { opType: 'Identity', inputs: ['logits'], outputs: [output], attributes: {} },
      ],
      initialisers: new Map([
        ['kernel', { type: 'float32', dims: [length, 2], data: kernel }],
        ['bias', { type: 'float32', dims: [2], data: Float32Array.of(0, bias) }],
      ]),
    },
  };
}

const CHANNELS = ['accelerometer.x', 'accelerometer.y', 'accelerometer.z', 'gyroscope.x', 'gyroscope.y'];

export function tinyManifest(overrides: Partial<SequenceManifest> = {}): SequenceManifest {
  const channels = overrides.channels ?? CHANNELS.slice(0, 3);
  return {
    name: 'tiny',
    version: '1',
    kind: 'sequence',
    file: 'model.onnx',
    sha256: sha256Of(encodeModel(tinyOnnx())),
    provenance: { data: 'none', licence: 'CC0-1.0', protocol: 'none', metrics: {} },
    input: 'window',
    channels,
    gravity: 'any',
    placement: 'any',
    accelerometerUnit: 'm/s2',
    samplingRateHz: 50,
    sizeSamples: 4,
    strideSamples: 2,
    centre: 'none',
    mean: channels.map(() => 0),
    std: channels.map(() => 1),
    targets: [
      { name: 'accompanied', output: 'accompanied', classes: ['alone', 'accompanied'], threshold: 0.5 },
    ],
    ...overrides,
  };
}

/** Writes the model into the folder of its name below `directory`. */
export async function writeTinyModel(
  directory: string,
  model: Partial<TinyModel> = {},
  manifest: Partial<SequenceManifest> = {},
): Promise<void> {
  const complete = tinyManifest({
    channels: CHANNELS.slice(0, model.channels ?? DEFAULTS.channels),
    sizeSamples: model.sizeSamples ?? DEFAULTS.sizeSamples,
    ...manifest,
  });
  await writeModelFolder(join(directory, complete.name), complete, encodeModel(tinyOnnx(model)), '# Test\n');
}

/** The tiny model's P(yes). */
export function tinyAnswer(
  sum: number,
  { weight, bias }: Pick<TinyModel, 'weight' | 'bias'> = DEFAULTS,
): number {
  return 1 / (1 + Math.exp(-(bias + weight * sum)));
}

/** A window of the tiny model, `number` strides after the epoch, whose values add up to `sum`. */
export function tinyWindow(
  number: number,
  overrides: Partial<SampleWindow> & { readonly sum?: number; readonly length?: number } = {},
): SampleWindow {
  const { sum = 0, length = 12, ...rest } = overrides;
  return {
    device: deviceId('phone'),
    model: 'tiny',
    startMs: number * 40,
    endMs: number * 40 + 80,
    values: new Float32Array(length).fill(sum / length),
    gravityToRemove: undefined,
    coverage: 1,
    meanDeltaMs: 0,
    maxDeltaMs: 0,
    ...rest,
  };
}
