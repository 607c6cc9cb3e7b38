import { getBackend, io, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { LayersModel, loadLayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { TensorSpec } from '../check-model.js';
import type { ModelOutputs } from '../model-version.js';
import type { ModelFiles } from '../models/model-folder.js';
import { parseTfLayersModel, weightFilesOf } from '../models/tf-layers-files.js';
import { type EngineChoice, startFastestEngine } from './tfjs-engines.js';
import type { ModelBackend, RunRequest } from './worker-protocol.js';

/** Loads a tf.layers model into TensorFlow.js, on the best engine this machine has. */
export async function createTfjsBackend(file: string, files: ModelFiles): Promise<ModelBackend> {
  const { notUsed } = await startEngine();
  const { modelTopology, weightsManifest } = parseTfLayersModel(file, contentOf(files, file));
  const shards = weightFilesOf({ modelTopology, weightsManifest }).map((name) => contentOf(files, name));
  const model = await loadLayersModel(
    io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest.flatMap((group) => group.weights),
      weightData: new Uint8Array(Buffer.concat(shards)).buffer,
    }),
  );
  return new TfjsBackend(model, notUsed);
}

class TfjsBackend implements ModelBackend {
  readonly signature;
  readonly fasterNotUsed: readonly string[];
  readonly #model: LayersModel;

  constructor(model: LayersModel, fasterNotUsed: readonly string[]) {
    this.#model = model;
    this.fasterNotUsed = fasterNotUsed;
    this.signature = { inputs: model.inputs.map(toSpec), outputs: model.outputs.map(toSpec) };
  }

  run({ batch, dims, outputs }: RunRequest): Promise<ModelOutputs> {
    const length = dims.reduce((product, size) => product * size, 1);
    const results = (): ModelOutputs =>
      tidy(() => {
        const input = tensor(batch.subarray(0, length), [...dims], 'float32');
        const tensors = [this.#model.predict(input, { batchSize: dims[0] ?? 1 })].flat();
        return Object.fromEntries(outputs.map((name) => [name, this.#valuesOf(name, tensors)]));
      });
    return new Promise((resolve) => resolve(results()));
  }

  dispose(): Promise<void> {
    this.#model.dispose();
    return Promise.resolve();
  }

  #valuesOf(name: string, results: readonly Tensor[]): Float32Array {
    const index = this.signature.outputs.findIndex((output) => output.name === name);
    const values = results[index]?.dataSync();
    if (!(values instanceof Float32Array)) throw new Error(`output "${name}" is no float32 tensor`);
    return values;
  }
}

/** TensorFlow.js has one engine a thread, chosen once. */
async function startEngine(): Promise<EngineChoice> {
  const current = getBackend();
  return current === undefined ? await startFastestEngine() : { name: current, notUsed: [] };
}

function contentOf(files: ModelFiles, name: string): Uint8Array {
  const content = files.get(name);
  if (content === undefined) throw new Error(`"${name}" is missing`);
  return content;
}

function toSpec(tensor: SymbolicTensor): TensorSpec {
  return { name: nameOf(tensor), type: tensor.dtype, shape: tensor.shape };
}

/**
 * The name of the layer a tensor comes from, which Keras calls inputs and outputs by; a Sequential model lists no names. A
 * model inside the model that has several outputs has one name for all of them, so theirs are taken.
 */
function nameOf({ sourceLayer, outputTensorIndex }: SymbolicTensor): string {
  const inner = sourceLayer instanceof LayersModel ? sourceLayer.outputs : [];
  const output = inner[outputTensorIndex ?? 0];
  return inner.length > 1 && output !== undefined ? nameOf(output) : sourceLayer.name;
}
