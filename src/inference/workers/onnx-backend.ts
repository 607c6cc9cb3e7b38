import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TensorSpec } from '../check-model.js';
import type { ModelOutputs } from '../model-version.js';
import { requireSelfContained } from '../models/external-data.js';
import type { ModelBackend, RunRequest } from './worker-protocol.js';

/** Loads an ONNX model into ONNX Runtime. Its `run` holds the calling thread while it computes. */
export async function createOnnxBackend(model: Uint8Array, threads: number): Promise<ModelBackend> {
  requireSelfContained(model);
  // ONNX Runtime does not take shared memory, neither here nor as input.
  const session = await InferenceSession.create(new Uint8Array(model), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  });
  return new OnnxBackend(session);
}

class OnnxBackend implements ModelBackend {
  readonly signature;
  readonly fasterNotUsed = [];
  readonly #session: InferenceSession;
  #input = new Float32Array();

  constructor(session: InferenceSession) {
    this.#session = session;
    this.signature = {
      inputs: session.inputMetadata.map(toSpec),
      outputs: session.outputMetadata.map(toSpec),
    };
  }

  async run({ input, batch, dims, outputs }: RunRequest): Promise<ModelOutputs> {
    const feeds = { [input]: new Tensor('float32', this.#copyOf(batch, dims), dims) };
    const results = await this.#session.run(feeds, [...outputs]);
    return Object.fromEntries(outputs.map((name) => [name, valuesOf(name, results[name])]));
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }

  #copyOf(batch: Float32Array, dims: readonly number[]): Float32Array {
    const length = dims.reduce((product, size) => product * size, 1);
    if (batch.length < length) throw new RangeError(`batch of ${batch.length} values instead of ${length}`);
    if (this.#input.length < length) this.#input = new Float32Array(length);
    this.#input.set(batch.subarray(0, length));
    return this.#input.subarray(0, length);
  }
}

function toSpec(metadata: InferenceSession.ValueMetadata): TensorSpec {
  const { name } = metadata;
  if (!metadata.isTensor) return { name, type: 'no tensor', shape: undefined };
  // An empty shape stands for one that the file leaves open.
  if (metadata.shape.length === 0) return { name, type: metadata.type, shape: undefined };
  return {
    name,
    type: metadata.type,
    shape: metadata.shape.map((size) => (typeof size === 'number' ? size : null)),
  };
}

function valuesOf(name: string, value: InferenceSession.ReturnType[string] | undefined): Float32Array {
  if (!(value?.data instanceof Float32Array)) throw new Error(`output "${name}" is no float32 tensor`);
  return value.data;
}
