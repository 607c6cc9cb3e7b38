import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import type { TfliteModel, TfliteOperator } from '../../../../src/training/backbones/tflite-model.js';
import { tfliteToOnnx } from '../../../../src/training/backbones/tflite-to-onnx.js';
import { createRandom } from '../../../../src/training/random.js';
import { loadOnnx } from '../../../helpers/run-onnx.js';

const random = createRandom(5);
const normal = (...dims: number[]) => ({
  dims,
  values: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()),
});
const operator = (overrides: Partial<TfliteOperator>): TfliteOperator => ({
  kind: 'convolution',
  inputs: [],
  outputs: [],
  padding: 'same',
  stride: 1,
  activation: 'none',
  ...overrides,
});

const stem = normal(6, 3, 3, 3);
const stemBias = normal(6);
const depth = normal(1, 3, 3, 6);
const depthBias = normal(6);
const point = normal(6, 1, 1, 6);
const pointBias = normal(6);
const empty = { dims: [], values: undefined };

/** A strided convolution, a depthwise one, a pointwise one whose kernel lies behind a DEQUANTIZE, and a sum. */
const MODEL: TfliteModel = {
  inputs: [0],
  tensors: [
    { name: 'image', ...empty },
    { name: 'stem', ...stem },
    { name: 'stem/bias', ...stemBias },
    { name: 'a', ...empty },
    { name: 'depth', ...depth },
    { name: 'depth/bias', ...depthBias },
    { name: 'b', ...empty },
    { name: 'half', ...point },
    { name: 'point', ...empty },
    { name: 'point/bias', ...pointBias },
    { name: 'c', ...empty },
    { name: 'last;fused', ...empty },
    { name: 'boxes', ...empty },
  ],
  operators: [
    operator({ kind: 'dequantise', inputs: [7], outputs: [8] }),
    operator({ inputs: [0, 1, 2], outputs: [3], stride: 2, activation: 'relu6' }),
    operator({ kind: 'depthwise', inputs: [3, 4, 5], outputs: [6], activation: 'relu6' }),
    operator({ inputs: [6, 8, 9], outputs: [10], padding: 'valid' }),
    operator({ kind: 'add', inputs: [3, 10], outputs: [11], activation: 'relu' }),
    operator({ kind: 'other', inputs: [11], outputs: [12] }),
  ],
};

describe('tfliteToOnnx', () => {
  it.each([8, 9])('computes what TensorFlow computes, on %d pixels', async (sizePixels) => {
    const image = normal(1, sizePixels, sizePixels, 3);
    const onnx = tfliteToOnnx(MODEL, { featureTensor: 'last', sizePixels, metadata: {} });
    await using session = await loadOnnx(onnx);
    const pixels = sizePixels * sizePixels;
    const planes = Float32Array.from({ length: image.values.length }, (_, at) => {
      return image.values[(at % pixels) * 3 + Math.floor(at / pixels)] ?? 0;
    });
    const results = await session.run({ image: { dims: [1, 3, sizePixels, sizePixels], data: planes } });
    const expected = await byTensorFlow(image.values, sizePixels);
    const features = results['features']?.data ?? new Float32Array();
    expect(features).toHaveLength(expected.length);
    expected.forEach((value, at) => {
      expect(features[at]).toBeCloseTo(value, 4);
    });
  });

  it('refuses a feature that does not exist, or that something else leads to', () => {
    const cut = { sizePixels: 8, metadata: {} };
    expect(() => tfliteToOnnx(MODEL, { ...cut, featureTensor: 'nothing' })).toThrow('"nothing"');
    expect(() => tfliteToOnnx(MODEL, { ...cut, featureTensor: 'boxes' })).toThrow(
      '"boxes" cannot be carried',
    );
  });
});

async function byTensorFlow(image: Float32Array, sizePixels: number): Promise<Float32Array> {
  const kernel = ({ dims, values }: { dims: number[]; values: Float32Array }, order: number[]): tf.Tensor4D =>
    tf.transpose(tf.tensor<tf.Rank.R4>(values, dims as [number, number, number, number]), order);
  const x = tf.tensor4d(image, [1, sizePixels, sizePixels, 3]);
  // TensorFlow.js wants [rows, columns, in, out]; the file has [out, rows, columns, in], and [1, rows, columns, in].
  const a = tf.relu6(
    tf.add(tf.conv2d(x, kernel(stem, [1, 2, 3, 0]), 2, 'same'), tf.tensor1d(stemBias.values)),
  );
  const deep = tf.depthwiseConv2d(a as tf.Tensor4D, kernel(depth, [1, 2, 3, 0]), 1, 'same');
  const b = tf.relu6(tf.add(deep, tf.tensor1d(depthBias.values)));
  const flat = tf.conv2d(b as tf.Tensor4D, kernel(point, [1, 2, 3, 0]), 1, 'valid');
  const c = tf.add(flat, tf.tensor1d(pointBias.values));
  return Float32Array.from(await tf.mean(tf.relu(tf.add(a, c)), [1, 2]).data());
}
