import { describe, expect, it } from 'vitest';
import { parseTfLayersModel, weightFilesOf } from '../../../../src/inference/models/tf-layers-files.js';

const WEIGHT = { name: 'dense/kernel', shape: [3, 2], dtype: 'float32' };
const MODEL = {
  format: 'layers-model',
  modelTopology: { class_name: 'Model' },
  weightsManifest: [
    { paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'], weights: [WEIGHT] },
    { paths: ['group2.bin'], weights: [] },
  ],
};

function parse(model: unknown): ReturnType<typeof parseTfLayersModel> {
  return parseTfLayersModel('folder/model.json', Buffer.from(JSON.stringify(model)));
}

describe(parseTfLayersModel, () => {
  it('finds the weight files in the order of their bytes', () => {
    expect(weightFilesOf(parse(MODEL))).toEqual([
      'group1-shard1of2.bin',
      'group1-shard2of2.bin',
      'group2.bin',
    ]);
  });

  it('keeps what it does not know of a weight', () => {
    const quantization = { dtype: 'uint8', scale: 2, min: 0 };
    const weights = [{ ...WEIGHT, quantization }];
    expect(
      parse({ ...MODEL, weightsManifest: [{ paths: [], weights }] }).weightsManifest[0]?.weights,
    ).toEqual(weights);
  });

  it.each([
    ['a graph model', { format: 'graph-model', modelTopology: {} }, /not a tf\.layers model/],
    [
      'a path that leaves the folder',
      { ...MODEL, weightsManifest: [{ paths: ['../w.bin'], weights: [] }] },
      /a file name without a path/,
    ],
    [
      'weights of another type',
      { ...MODEL, weightsManifest: [{ paths: [], weights: [{ ...WEIGHT, dtype: 'int32' }] }] },
      /float32/,
    ],
  ])('refuses %s', (_, model, words) => {
    expect(() => parse(model)).toThrow(words);
    expect(() => parse(model)).toThrow('folder/model.json');
  });

  it('says what to do with what Keras 3 writes', () => {
    const input = { class_name: 'InputLayer', config: { batch_shape: [null, 128, 3] } };
    const topology = { keras_version: '3.9.0', model_config: { config: { layers: [input] } } };
    expect(() => parse({ ...MODEL, modelTopology: topology })).toThrow(
      /written by Keras 3\.9\.0, which .* cannot read: save the model with tf_keras .* or convert it to ONNX/,
    );
  });

  it.each([
    ['of Keras 2', { keras_version: '2.15.0', batch_shape: [] }],
    ['of TensorFlow.js', { keras_version: 'tfjs-layers 4.22.0', batch_shape: [] }],
    ['of Keras 3 that somebody has put right', { keras_version: '3.9.0', batch_input_shape: [] }],
  ])('takes a model %s', (_, modelTopology) => {
    expect(parse({ ...MODEL, modelTopology }).modelTopology).toEqual(modelTopology);
  });

  it('refuses what is not JSON', () => {
    expect(() => parseTfLayersModel('folder/model.json', Buffer.from('{'))).toThrow(
      'folder/model.json is not JSON',
    );
  });
});
