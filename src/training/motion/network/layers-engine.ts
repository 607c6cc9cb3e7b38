import {
  add,
  concat,
  dispose,
  logSoftmax,
  matMul,
  mean,
  mul,
  neg,
  pad,
  relu,
  reshape,
  type Scalar,
  slice,
  sum,
  Tensor,
  tensor,
  tidy,
  transpose,
  Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { startTfjs, type TfjsBackend } from '../../tfjs-start.js';
import type { EngineOptions, StepResult, TrainingBatch, TrainingEngine } from './engine.js';
import {
  type AnyLayer,
  buildLayersModel,
  fromLayers,
  parametersOf,
  setLayersWeights,
} from './layers-model.js';
import { isTrained, lstmSteps, parameterCount, viewOf } from './network.js';

/** Windows a call of `predict` gives the model at once. */
const PREDICT_BATCH = 64;

/**
 * Trains with TensorFlow.js and its own layers: slow, and the yardstick for the gradients of the other engine.
 *
 * @throws GatewayError `TRAINING_FAILED` when the backend cannot be used
 */
export async function createLayersEngine(
  options: EngineOptions,
  backend: TfjsBackend = 'fastest',
): Promise<TrainingEngine> {
  const name = await startTfjs(backend);
  const heads = options.spec.heads.map((head) => head.name);
  return new LayersEngine(`tfjs-${name}`, options, buildLayersModel(options.spec, heads));
}

class LayersEngine implements TrainingEngine {
  readonly name: string;
  readonly #options: EngineOptions;
  readonly #model: LayersModel;
  readonly #gradients: Float32Array;

  constructor(name: string, options: EngineOptions, model: LayersModel) {
    this.name = name;
    this.#options = options;
    this.#model = model;
    this.#gradients = new Float32Array(parameterCount(options.spec));
  }

  async step(batch: TrainingBatch, parameters: Float32Array): Promise<StepResult> {
    setLayersWeights(this.#model, this.#options.spec, parameters);
    const trainable = this.#trainable();
    const { value, grads } = variableGrads(
      () => this.#loss(batch),
      trainable.map(({ variable }) => variable),
    );
    for (const { parameter, variable } of trainable) {
      const gradient = grads[variable.name];
      if (gradient === undefined) throw new Error(`no gradient of ${parameter.name}`);
      const values = Float32Array.from(await gradient.data());
      viewOf(this.#gradients, parameter).set(fromLayers(parameter, values));
    }
    const [loss = Number.NaN] = await value.data();
    dispose([value, ...Object.values(grads)]);
    return { loss, gradients: this.#gradients };
  }

  async predict(windows: Float32Array, parameters: Float32Array): Promise<ReadonlyMap<string, Float32Array>> {
    const { spec } = this.#options;
    setLayersWeights(this.#model, spec, parameters);
    const count = windows.length / (spec.sizeSamples * spec.channels);
    const outputs = tidy(() => {
      const input = tensor(windows, [count, spec.sizeSamples, spec.channels]);
      return [this.#model.predict(input, { batchSize: PREDICT_BATCH })].flat();
    });
    const results = new Map<string, Float32Array>();
    for (const [index, { name }] of spec.heads.entries()) {
      results.set(name, Float32Array.from((await outputs[index]?.data()) ?? []));
    }
    dispose(outputs);
    return results;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#model.dispose();
    return Promise.resolve();
  }

  /** The variables to make gradients of, with the parameters they hold. */
  #trainable() {
    const { spec, frozen } = this.#options;
    return this.#model.layers.flatMap((layer) => {
      const variables = variablesOf(layer);
      return parametersOf(spec, layer.name).flatMap((parameter, index) => {
        const variable = variables[index];
        return variable === undefined || !isTrained(parameter, frozen) ? [] : [{ parameter, variable }];
      });
    });
  }

  #loss(batch: TrainingBatch): Scalar {
    const { spec, batchSize } = this.#options;
    let features: Tensor = tensor(batch.windows, [batchSize, spec.sizeSamples, spec.channels]);
    for (let n = 1; n <= spec.convolutions; n++) {
      features = convolve(features, variablesOf(this.#model.getLayer(`conv${n}`)));
    }
    if (spec.poolSamples !== undefined && spec.poolSamples > 1) features = pool(features, spec.poolSamples);
    if (batch.dropout !== undefined) features = mul(features, this.#maskOf(batch.dropout));
    for (let n = 1; n <= spec.lstmLayers; n++) features = apply(this.#model.getLayer(`lstm${n}`), features);
    if (spec.readout === 'mean') features = mean(features, 1);
    const losses = spec.heads.map(({ name, classes }) => {
      const [kernel, bias] = variablesOf(this.#model.getLayer(name));
      if (kernel === undefined || bias === undefined) throw new Error(`head ${name} has no weights`);
      const labels = tensor(batch.labels.get(name) ?? [], [batchSize, classes.length]);
      return neg(sum(mul(labels, logSoftmax(add(matMul(features, kernel), bias)))));
    });
    return reshape(
      losses.reduce((total, loss) => add(total, loss)),
      [],
    );
  }

  /** Masks come time-major; here the batch is the first axis. */
  #maskOf(mask: Float32Array): Tensor {
    const { spec, batchSize } = this.#options;
    const width = mask.length / (lstmSteps(spec) * batchSize);
    return transpose(tensor(mask, [lstmSteps(spec), batchSize, width]), [1, 0, 2]);
  }
}

/** `conv1d` with ReLU as one product: the WASM backend has no gradient of a convolution's filter. */
function convolve(x: Tensor, [kernel, bias]: readonly Variable[]): Tensor {
  if (kernel === undefined || bias === undefined) throw new Error('a convolution has no weights');
  const [taps = 1, inputs = 1, filters = 1] = kernel.shape;
  const [batch = 1, steps = 1] = x.shape;
  const reach = (taps - 1) / 2;
  const padded = pad(x, [
    [0, 0],
    [reach, reach],
    [0, 0],
  ]);
  const shifted = Array.from({ length: taps }, (_, tap) =>
    slice(padded, [0, tap, 0], [batch, steps, inputs]),
  );
  const rows = reshape(concat(shifted, 2), [batch * steps, taps * inputs]);
  const sums = add(matMul(rows, reshape(kernel, [taps * inputs, filters])), bias);
  return reshape(relu(sums), [batch, steps, filters]);
}

/** Means of neighbouring steps, `[batch, steps, filters]`. */
function pool(x: Tensor, size: number): Tensor {
  const [batch = 1, steps = 1, filters = 1] = x.shape;
  return mean(reshape(x, [batch, steps / size, size, filters]), 2);
}

function variablesOf(layer: AnyLayer): Variable[] {
  return layer.trainableWeights.map((weight) => {
    const value = weight.read();
    if (!(value instanceof Variable)) throw new Error(`${weight.name} is no variable`);
    return value;
  });
}

function apply(layer: AnyLayer, x: Tensor): Tensor {
  const result = layer.apply(x);
  if (!(result instanceof Tensor)) throw new Error(`${layer.name} gave no tensor`);
  return result;
}
