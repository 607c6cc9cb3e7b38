import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from '../../src/training/onnx/encode-model.js';
import type { OnnxModel } from '../../src/training/onnx/model.js';

export interface FloatTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

export type Feeds = Readonly<Record<string, FloatTensor>>;

/** Loads a model into ONNX Runtime as a function from inputs to outputs. */
export async function loadOnnx(
  model: OnnxModel,
): Promise<{ run: (feeds: Feeds) => Promise<Record<string, FloatTensor>> } & AsyncDisposable> {
  const session = await InferenceSession.create(encodeModel(model), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return {
    run: async (feeds) => {
      const tensors = Object.entries(feeds).map(([name, { data, dims }]): [string, Tensor] => [
        name,
        new Tensor('float32', data, dims),
      ]);
      const results = await session.run(Object.fromEntries(tensors));
      return Object.fromEntries(
        Object.entries(results).map(([name, { data, dims }]) => {
          if (!(data instanceof Float32Array)) throw new Error(`output "${name}" is not float32`);
          return [name, { data, dims }];
        }),
      );
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}
