import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { createSession, floatsOf } from '../../../inference/onnx-session.js';
import { encodeModel } from '../../onnx/encode-model.js';
import type { EngineOptions, StepResult, TrainingBatch, TrainingEngine } from './engine.js';
import { buildInferenceModel } from './inference-graph.js';
import {
  isTrained,
  lstmSteps,
  type NetworkSpec,
  type ParameterSpec,
  parameterCount,
  parameterSpecs,
  viewOf,
} from './network.js';
import { buildTrainingGraph } from './training-graph.js';

/** Windows a call of `predict` sends to ONNX Runtime at once. */
const PREDICT_BATCH = 64;

/** Trains with ONNX Runtime: forward, loss and gradients are one ONNX graph made by this project. */
export async function createOnnxEngine(options: EngineOptions): Promise<TrainingEngine> {
  const specs = parameterSpecs(options.spec);
  const trainable = specs.filter((parameter) => isTrained(parameter, options.frozen));
  const model = buildTrainingGraph(options.spec, { ...options, trainable });
  const session = await createSession(encodeModel(model), options.threads);
  return new OnnxEngine(options, session, specs, trainable);
}

class OnnxEngine implements TrainingEngine {
  readonly name = 'onnxruntime';
  readonly #options: EngineOptions;
  readonly #session: InferenceSession;
  readonly #specs: readonly ParameterSpec[];
  readonly #trainable: readonly ParameterSpec[];
  readonly #gradients: Float32Array;

  constructor(
    options: EngineOptions,
    session: InferenceSession,
    specs: readonly ParameterSpec[],
    trainable: readonly ParameterSpec[],
  ) {
    this.#options = options;
    this.#session = session;
    this.#specs = specs;
    this.#trainable = trainable;
    this.#gradients = new Float32Array(parameterCount(options.spec));
  }

  async step(batch: TrainingBatch, parameters: Float32Array): Promise<StepResult> {
    const results = await this.#session.run(this.#feedsOf(batch, parameters));
    for (const parameter of this.#trainable) {
      viewOf(this.#gradients, parameter).set(floatsOf(results, `gradient.${parameter.name}`));
    }
    return { loss: floatsOf(results, 'loss')[0] ?? Number.NaN, gradients: this.#gradients };
  }

  async predict(windows: Float32Array, parameters: Float32Array): Promise<ReadonlyMap<string, Float32Array>> {
    return await predictWithOnnx(this.#options.spec, parameters, windows, this.#options.threads);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }

  #feedsOf(batch: TrainingBatch, parameters: Float32Array): Record<string, Tensor> {
    const { spec, batchSize } = this.#options;
    const feeds: Record<string, Tensor> = {
      window: new Tensor('float32', batch.windows, [batchSize, spec.sizeSamples, spec.channels]),
    };
    for (const parameter of this.#specs) {
      feeds[parameter.name] = new Tensor('float32', viewOf(parameters, parameter), parameter.dims);
    }
    for (const [head, labels] of batch.labels) {
      feeds[`labels.${head}`] = new Tensor('float32', labels, [batchSize, labels.length / batchSize]);
    }
    if (batch.dropout !== undefined) {
      const features = batch.dropout.length / (batchSize * lstmSteps(spec));
      feeds['dropout'] = new Tensor('float32', batch.dropout, [lstmSteps(spec), batchSize, features]);
    }
    const { spectraDropout } = batch;
    if (spectraDropout !== undefined) {
      const features = spectraDropout.length / batchSize;
      feeds['dropout.spectra'] = new Tensor('float32', spectraDropout, [batchSize, features]);
    }
    return feeds;
  }
}

/** Runs the exported network, the very graph that is served, over any number of windows. */
async function predictWithOnnx(
  spec: NetworkSpec,
  parameters: Float32Array,
  windows: Float32Array,
  threads: number,
): Promise<ReadonlyMap<string, Float32Array>> {
  const heads = spec.heads.map((head) => head.name);
  const session = await createSession(encodeModel(buildInferenceModel(spec, parameters, heads)), threads);
  const windowLength = spec.sizeSamples * spec.channels;
  const count = windows.length / windowLength;
  const results = new Map(
    spec.heads.map((head) => [head.name, new Float32Array(count * head.classes.length)]),
  );
  try {
    for (let from = 0; from < count; from += PREDICT_BATCH) {
      const size = Math.min(PREDICT_BATCH, count - from);
      const values = windows.subarray(from * windowLength, (from + size) * windowLength);
      const window = new Tensor('float32', values, [size, spec.sizeSamples, spec.channels]);
      const outputs = await session.run({ window });
      for (const { name, classes } of spec.heads) {
        results.get(name)?.set(floatsOf(outputs, name), from * classes.length);
      }
    }
  } finally {
    await session.release();
  }
  return results;
}
