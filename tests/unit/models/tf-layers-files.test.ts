import { describe, expect, it } from 'vitest';
import { isTfLayersFile, parseTfLayersModel, weightFilesOf } from '../../../src/models/tf-layers-files.js';

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

  it('refuses what is not JSON', () => {
    expect(() => parseTfLayersModel('folder/model.json', Buffer.from('{'))).toThrow(
      'folder/model.json is not JSON',
    );
  });
});

describe(isTfLayersFile, () => {
  it('goes by the ending', () => {
    expect(['model.json', 'model.onnx'].map(isTfLayersFile)).toEqual([true, false]);
  });
});
