import { describe, expect, it } from 'vitest';
import { peopleFinderOf } from '../../../../src/training/backbones/people-finder.js';
import type {
  TfliteModel,
  TfliteOperator,
  TfliteTensor,
} from '../../../../src/training/backbones/tflite-model.js';
import { loadOnnx } from '../../../helpers/run-onnx.js';

/** A detector that sees nothing: every box is its anchor, and every class has the logit of its number. */
function blindDetector(): TfliteModel {
  const tensors: TfliteTensor[] = [{ name: 'image', dims: [], values: undefined }];
  const operators: TfliteOperator[] = [];
  const predict = (name: string, layer: number, bias: readonly number[]): void => {
    const at = tensors.length;
    tensors.push(
      { name: `${name}/kernel`, dims: [bias.length, 1, 1, 3], values: new Float32Array(bias.length * 3) },
      { name: `${name}/bias`, dims: [bias.length], values: Float32Array.from(bias) },
      { name: `${name}/BiasAdd;${name}/Conv2D`, dims: [], values: undefined },
    );
    const [inputs, outputs] = [[0, at, at + 1], [at + 2]];
    const stride = 16 * 2 ** layer;
    operators.push({ kind: 'convolution', inputs, outputs, padding: 'same', stride, activation: 'none' });
  };
  for (let layer = 0; layer < 6; layer++) {
    const boxes = layer === 0 ? 3 : 6;
    const logits = Array.from({ length: boxes * 24 }, (_, at) => at % 24);
    predict(`BoxPredictor_${layer}/ClassPredictor`, layer, logits);
    predict(`BoxPredictor_${layer}/BoxEncodingPredictor`, layer, Array<number>(boxes * 4).fill(0));
  }
  return { tensors, operators, inputs: [0] };
}

describe(peopleFinderOf, () => {
  it('gives the boxes of all anchors, as shares of the picture, with the score of people', async () => {
    await using session = await loadOnnx(peopleFinderOf(blindDetector()));
    const data = new Float32Array(3 * 300 * 300);
    const { boxes, scores } = await session.run({ image: { dims: [1, 3, 300, 300], data } });
    expect([boxes?.dims, scores?.dims]).toEqual([
      [1, 1917, 4],
      [1, 1917],
    ]);
    // People are the fifth class.
    expect(scores?.data[0]).toBeCloseTo(1 / (1 + Math.exp(-4)), 5);
    const box = (index: number): number[] => Array.from(boxes?.data.slice(index * 4, index * 4 + 4) ?? []);
    const close = (actual: number[], wanted: number[]): void =>
      wanted.forEach((value, at) => void expect(actual[at]).toBeCloseTo(value, 3));
    close(box(0), [0.5 / 19 - 0.05, 0.5 / 19 - 0.05, 0.5 / 19 + 0.05, 0.5 / 19 + 0.05]);
    // The second of a position is twice as wide as high, and the third as high as wide.
    close(box(4), [0.5 / 19 - Math.SQRT1_2 / 10, 1.5 / 19 - Math.SQRT2 / 10]);
    close(box(5), [0.5 / 19 - Math.SQRT2 / 10, 1.5 / 19 - Math.SQRT1_2 / 10]);
    const half = Math.sqrt(0.95) / 2;
    close(box(1916), [0.5 - half, 0.5 - half, 0.5 + half, 0.5 + half]);
  });

  it('says which tensor a file of another network lacks', () => {
    expect(() => peopleFinderOf({ tensors: [], operators: [], inputs: [] })).toThrow(
      'there is no tensor "BoxPredictor_0/ClassPredictor/BiasAdd"',
    );
  });
});
