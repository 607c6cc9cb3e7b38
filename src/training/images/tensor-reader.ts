import { Tensor } from 'onnxruntime-node';
import { type RgbImage, writeTensor } from '../../inference/images/rgb-image.js';
import { openOnnxSession } from '../../inference/onnx-session.js';
import { GatewayError } from '../../shared/errors.js';
import type { Backbone } from '../backbones/backbone.js';
import { modelUpTo } from '../onnx/cut-points.js';
import { encodeModel } from '../onnx/encode-model.js';

/** What one tensor of a backbone is for some pictures. */
export interface TensorRows {
  /** Of one picture. */
  readonly dims: readonly number[];
  /** `[pictures, ...dims]` */
  readonly data: Float32Array;
}

/** Runs the part of a backbone up to one tensor. */
export interface TensorReader extends AsyncDisposable {
  /** @param pictures of the size that the backbone takes */
  read(pictures: readonly RgbImage[]): Promise<TensorRows>;
}

/**
 * Makes a reader of a backbone's tensor, its features for example.
 *
 * @throws GatewayError `MODEL_INVALID` when ONNX Runtime does not take the backbone
 */
export async function createTensorReader(
  { model, spec }: Backbone,
  tensor: string,
  threads: number,
): Promise<TensorReader> {
  const session = await openOnnxSession(encodeModel(modelUpTo(model, tensor)), spec.name, threads);
  const pixels = spec.widthPixels * spec.heightPixels * 3;
  const shape =
    spec.layout === 'nchw'
      ? [3, spec.heightPixels, spec.widthPixels]
      : [spec.heightPixels, spec.widthPixels, 3];
  return {
    read: async (pictures) => {
      const values = new Float32Array(pictures.length * pixels);
      pictures.forEach((picture, index) => {
        writeTensor(picture, spec, values, index * pixels);
      });
      const input = new Tensor('float32', values, [pictures.length, ...shape]);
      const result = (await session.run({ [spec.input]: input }))[tensor];
      if (!(result?.data instanceof Float32Array)) {
        throw new GatewayError('MODEL_INVALID', `"${tensor}" of ${spec.name} holds no float32 values`);
      }
      return { dims: result.dims.slice(1), data: result.data };
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}
