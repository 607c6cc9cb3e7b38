import { describe, expect, it } from 'vitest';
import { createOnnxBackend } from '../../../../src/inference/workers/onnx-backend.js';
import { encodeModel } from '../../../../src/training/onnx/encode-model.js';
import { tinyAnswer, tinyOnnx } from '../../../helpers/tiny-model.js';

const REQUEST = { input: 'window', outputs: ['accompanied'] };

/** Four items whose values add up to -1, 0, 1 and 2, and room for more. */
function batchOf(buffer: ArrayBufferLike): Float32Array {
  const batch = new Float32Array(buffer);
  for (const [row, sum] of [-1, 0, 1, 2].entries()) batch.set([sum], row * 12);
  return batch;
}

describe(createOnnxBackend, () => {
  it('says what the file says of itself', async () => {
    const backend = await createOnnxBackend(encodeModel(tinyOnnx()), 1);
    expect(backend.signature).toEqual({
      inputs: [{ name: 'window', type: 'float32', shape: [null, 4, 3] }],
      outputs: [{ name: 'accompanied', type: 'float32', shape: [null, 2] }],
    });
    await backend.dispose();
  });

  it.each([
    ['shared memory', new SharedArrayBuffer(6 * 12 * 4)],
    ['its own memory', new ArrayBuffer(6 * 12 * 4)],
  ])('runs as many items as it is told, from %s', async (_, buffer) => {
    const backend = await createOnnxBackend(encodeModel(tinyOnnx()), 1);
    for (const count of [1, 4, 2]) {
      const outputs = await backend.run({ ...REQUEST, batch: batchOf(buffer), dims: [count, 4, 3] });
      const expected = [-1, 0, 1, 2].slice(0, count).map((sum) => tinyAnswer(sum));
      const actual = outputs['accompanied'] ?? new Float32Array();
      expect(actual).toHaveLength(count * 2);
      const yes = expected.map((_, row) => actual[row * 2 + 1]);
      expect(yes).toEqual(expected.map((value) => expect.closeTo(value, 6)));
    }
    await backend.dispose();
  });

  it('loads from shared memory', async () => {
    const model = encodeModel(tinyOnnx());
    const shared = new Uint8Array(new SharedArrayBuffer(model.length));
    shared.set(model);
    const backend = await createOnnxBackend(shared, 2);
    expect(backend.signature.inputs).toHaveLength(1);
    await backend.dispose();
  });

  it('rejects what is no model, and runs that do not fit', async () => {
    await expect(createOnnxBackend(new Uint8Array(100), 1)).rejects.toThrow();
    const backend = await createOnnxBackend(encodeModel(tinyOnnx()), 1);
    const batch = batchOf(new ArrayBuffer(6 * 12 * 4));
    await expect(backend.run({ ...REQUEST, batch, dims: [1, 5, 3] })).rejects.toThrow(/dimension/);
    await expect(backend.run({ ...REQUEST, batch, dims: [7, 4, 3] })).rejects.toThrow('batch of 72 values');
    await expect(backend.run({ ...REQUEST, outputs: ['x'], batch, dims: [1, 4, 3] })).rejects.toThrow();
    await backend.dispose();
  });
});
