import { Tensor } from 'onnxruntime-node';
import { type ParameterSpec, viewOf } from '../motion/network.js';
import { encodeModel } from '../onnx/encode-model.js';
import { createSession, floatsOf } from '../onnx-session.js';
import {
  buildFineTunedForward,
  buildFineTuneGraph,
  type FineTuneShape,
  fineTuneParameters,
} from './fine-tune-graph.js';

export interface FineTuneBatch {
  /** `[batch, ...cutDims]` */
  readonly activations: Float32Array;
  /** `[batch, classes]` */
  readonly labels: Float32Array;
  /** `[batch, teacherFeatures]` */
  readonly teacher: Float32Array | undefined;
}

/** Runs steps of fine-tuning, and the network as it is, in ONNX Runtime. */
export interface FineTuneEngine extends AsyncDisposable {
  readonly parameters: readonly ParameterSpec[];
  /** @returns loss; `gradients` in the layout of the parameters, valid until the next step */
  step(batch: FineTuneBatch, weights: Float32Array): Promise<{ loss: number; gradients: Float32Array }>;
  /** @returns probabilities, `[batch, classes]` */
  predict(activations: Float32Array, weights: Float32Array): Promise<Float32Array>;
}

export async function createFineTuneEngine(shape: FineTuneShape, threads: number): Promise<FineTuneEngine> {
  const training = await createSession(encodeModel(buildFineTuneGraph(shape)), threads);
  const forward = await createSession(encodeModel(buildFineTunedForward(shape)), threads);
  const parameters = fineTuneParameters(shape);
  const kept = parameters.filter(({ name }) => !name.startsWith('teacher.'));
  const last = parameters.at(-1);
  const gradients = new Float32Array(last === undefined ? 0 : last.offset + last.length);
  const tensor = (data: Float32Array, width = data.length / shape.batchSize): Tensor =>
    new Tensor('float32', data, [shape.batchSize, width]);
  const images = (data: Float32Array): Tensor =>
    new Tensor('float32', data, [shape.batchSize, ...shape.part.cutDims]);
  const feedsOf = (specs: readonly ParameterSpec[], weights: Float32Array): Record<string, Tensor> =>
    Object.fromEntries(
      specs.map((spec) => [spec.name, new Tensor('float32', viewOf(weights, spec), spec.dims)]),
    );
  return {
    parameters,
    step: async ({ activations, labels, teacher }, weights) => {
      const results = await training.run({
        ...feedsOf(parameters, weights),
        activations: images(activations),
        labels: tensor(labels),
        ...(teacher && { teacher: tensor(teacher) }),
      });
      for (const spec of parameters) {
        viewOf(gradients, spec).set(floatsOf(results, `gradient.${spec.name}`));
      }
      return { loss: floatsOf(results, 'loss')[0] ?? Number.NaN, gradients };
    },
    predict: async (activations, weights) => {
      const results = await forward.run({ ...feedsOf(kept, weights), activations: images(activations) });
      return floatsOf(results, 'probabilities');
    },
    [Symbol.asyncDispose]: async () => {
      await training.release();
      await forward.release();
    },
  };
}
