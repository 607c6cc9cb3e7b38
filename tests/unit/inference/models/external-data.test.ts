import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  externalFilesOf,
  requireSelfContained,
  withExternalData,
} from '../../../../src/inference/models/external-data.js';
import { decodeModel } from '../../../../src/training/onnx/decode-model.js';
import { encodeModel } from '../../../../src/training/onnx/encode-model.js';
import { externalKernel, fieldOf, headOf, numberField } from '../../../helpers/external-model.js';
import { tinyAnswer, tinyOnnx } from '../../../helpers/tiny-model.js';

const WHOLE = encodeModel(tinyOnnx());

describe(withExternalData, () => {
  it('leaves a model without such data as it is', () => {
    expect(withExternalData(WHOLE, new Map())).toBe(WHOLE);
    expect(externalFilesOf(WHOLE)).toEqual(new Set());
    expect(() => requireSelfContained(WHOLE)).not.toThrow();
  });

  it('puts the values of a file into the model, which then answers as the whole one does', async () => {
    const { model, file } = externalKernel({ location: 'kernel.bin', offsetBytes: 16 });
    expect(externalFilesOf(model)).toEqual(new Set(['kernel.bin']));
    expect(() => requireSelfContained(model)).toThrow('keeps values in other files');
    const complete = withExternalData(model, new Map([['kernel.bin', file]]));
    expect(() => requireSelfContained(complete)).not.toThrow();
    const session = await InferenceSession.create(complete);
    const window = new Tensor('float32', new Float32Array(12).fill(0.1), [1, 4, 3]);
    const { accompanied } = await session.run({ window });
    expect(accompanied?.data[1]).toBeCloseTo(tinyAnswer(1.2, { weight: 1, bias: 0 }), 5);
    await session.release();
  });

  it('finds tensors in subgraphs, attributes, sparse tensors, functions and training graphs', () => {
    const tensor = externalTensor('a');
    const attribute = (field: number, body: Uint8Array) => fieldOf(5, fieldOf(field, body));
    const inNode = (body: Uint8Array) => fieldOf(7, fieldOf(1, body));
    const graph = fieldOf(5, tensor);
    for (const model of [
      inNode(attribute(5, tensor)),
      inNode(attribute(10, tensor)),
      inNode(attribute(6, graph)),
      inNode(attribute(11, graph)),
      inNode(attribute(22, fieldOf(1, tensor))),
      inNode(attribute(23, fieldOf(2, tensor))),
      fieldOf(7, fieldOf(15, fieldOf(1, tensor))),
      fieldOf(20, fieldOf(1, graph)),
      fieldOf(25, fieldOf(7, attribute(5, tensor))),
      fieldOf(25, fieldOf(11, fieldOf(5, tensor))),
    ]) {
      expect(externalFilesOf(model)).toEqual(new Set(['a']));
      const complete = withExternalData(model, new Map([['a', Uint8Array.of(1)]]));
      expect(externalFilesOf(complete)).toEqual(new Set());
    }
  });

  it('takes references out that count for nothing by themselves: parsers merge what comes in pieces', () => {
    const entry = fieldOf(
      13,
      Buffer.concat([fieldOf(1, Buffer.from('location')), fieldOf(2, Buffer.from('/etc/passwd'))]),
    );
    const model = fieldOf(7, fieldOf(5, entry));
    expect(Buffer.from(withExternalData(model, new Map())).includes('/etc/passwd')).toBe(false);
  });

  it('reads a location that is marked as external by a number of many bytes', () => {
    const entry = fieldOf(
      13,
      Buffer.concat([fieldOf(1, Buffer.from('location')), fieldOf(2, Buffer.from('x'))]),
    );
    const external = Buffer.from([14 << 3, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]);
    expect(externalFilesOf(fieldOf(7, fieldOf(5, Buffer.concat([entry, external]))))).toEqual(new Set(['x']));
  });

  it.each([
    [
      'a file that is missing',
      { location: 'other.bin' },
      /tensor "kernel" lies in "other.bin", which is missing/,
    ],
    [
      'an end beyond the file',
      { location: 'kernel.bin', offsetBytes: 90 },
      /ends at byte 186 of "kernel.bin", which has 96/,
    ],
    [
      'no location',
      { location: undefined },
      /tensor "kernel" lies outside of the file, and nothing says where/,
    ],
    [
      'an offset that is no number',
      { location: 'kernel.bin', offset: '-1' },
      /has an offset that is no number of bytes/,
    ],
  ])('refuses %s', (_, where, words) => {
    const { model, file } = externalKernel(where);
    const files = new Map([['kernel.bin', file.subarray(0, 96)]]);
    expect(() => withExternalData(model, files)).toThrow(words);
  });
});

describe('bytes that are no ONNX model', () => {
  it.each([Buffer.from('the model'), Buffer.from([0xff]), fieldOf(7, Buffer.from([0x2a, 0x7f]))])(
    'name no files and are not run',
    (bytes) => {
      expect(externalFilesOf(bytes)).toBeUndefined();
      expect(() => requireSelfContained(bytes)).toThrow('no ONNX model');
    },
  );

  it('do not exhaust the stack, however deep they are', () => {
    const heads: Uint8Array[] = [];
    let bytes = 0;
    for (let depth = 0; depth < 60_000; depth++) {
      const head = headOf([6, 5, 1][depth % 3] ?? 1, bytes);
      heads.push(head);
      bytes += head.length;
    }
    const deep = fieldOf(7, Buffer.concat(heads.reverse()));
    expect(externalFilesOf(deep)).toBeUndefined();
  });
});

describe(decodeModel, () => {
  it('refuses a model whose values lie in another file', () => {
    expect(() => decodeModel(externalKernel({ location: 'kernel.bin' }).model)).toThrow(
      'tensor "kernel" lies in another file',
    );
  });
});

function externalTensor(location: string): Uint8Array {
  const entry = Buffer.concat([fieldOf(1, Buffer.from('location')), fieldOf(2, Buffer.from(location))]);
  return Buffer.concat([fieldOf(13, entry), numberField(14, 1)]);
}
