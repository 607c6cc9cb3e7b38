import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBackbone } from '../../../../src/training/backbones/backbone.js';
import { encodeModel } from '../../../../src/training/onnx/encode-model.js';
import { buildGoogLeNet } from '../../../helpers/googlenet.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { TINY_SPEC, tinyBackbone, writeTinyBackbone } from '../../../helpers/tiny-backbone.js';

describe('readBackbone', () => {
  it('reads an ONNX file as backbone.json describes it', async () => {
    await using folder = await temporaryFolder();
    await writeTinyBackbone(folder.path);
    const { spec, model } = await readBackbone(folder.path);
    expect(spec).toEqual(TINY_SPEC);
    expect(model.graph.inputs[0]?.dims).toEqual(['batch', 3, 16, 16]);
  });

  it('recognises the GoogLeNet of the model zoo by its graph', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'googlenet.onnx'), encodeModel(buildGoogLeNet()));
    const { spec, model } = await readBackbone(folder.path);
    expect(spec).toMatchObject({
      name: 'GoogLeNet',
      input: 'data_0',
      widthPixels: 224,
      heightPixels: 224,
      channelOrder: 'bgr',
      mean: [123.68, 116.779, 103.939],
    });
    const producer = model.graph.nodes.find(({ outputs }) => outputs.includes(spec.feature));
    expect(producer?.opType).toBe('AveragePool');
    expect(model.graph.inputs[0]?.dims[0]).toBe('batch');
  });

  it('says what to write for a network it does not know', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'unknown.onnx'), encodeModel(tinyBackbone()));
    await expect(readBackbone(folder.path)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(/unknown\.onnx.*backbone\.json.*mean.*feature/s),
    });
  });

  it('refuses a folder without a network, and a description that does not fit', async () => {
    await using folder = await temporaryFolder();
    await expect(readBackbone(folder.path)).rejects.toThrow('has 0 ONNX files');
    await writeFile(join(folder.path, 'backbone.json'), JSON.stringify({ ...TINY_SPEC, std: [1, 0, 1] }));
    await expect(readBackbone(folder.path)).rejects.toThrow(/backbone\.json.*std/s);
  });
});
