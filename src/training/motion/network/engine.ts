import type { Block, NetworkSpec } from './network.js';

/** What one training step looks at. Rows beyond the data are zeros with zero labels, and change nothing. */
export interface TrainingBatch {
  /** `[batch, sizeSamples, channels]`, normalised. */
  readonly windows: Float32Array;
  /** By head: `[batch, classes]`, one-hot rows times the window's share of the loss; zero where not known. */
  readonly labels: ReadonlyMap<string, Float32Array>;
  /** `[steps, batch, features]`: factors on the input of the first LSTM layer; absent without dropout. */
  readonly dropout: Float32Array | undefined;
  /** `[batch, features]`: factors on the features of spectra; absent without dropout or spectra. */
  readonly spectraDropout: Float32Array | undefined;
}

export interface StepResult {
  readonly loss: number;
  /** In the layout of the parameters; zero for frozen ones. Valid until the next step. */
  readonly gradients: Float32Array;
}

export interface EngineOptions {
  readonly spec: NetworkSpec;
  readonly batchSize: number;
  readonly dropout: boolean;
  /** Blocks whose weights stay as they are. */
  readonly frozen: readonly Block[];
  readonly threads: number;
}

/** Computes loss and gradients of the network; knows nothing of optimisers, epochs or data sets. */
export interface TrainingEngine extends AsyncDisposable {
  /** What computes, for reports: for example `onnxruntime` or `tfjs-wasm`. */
  readonly name: string;
  /** @param parameters all weights, in the order of `parameterSpecs` */
  step(batch: TrainingBatch, parameters: Float32Array): Promise<StepResult>;
  /**
   * Probabilities without dropout.
   *
   * @param windows any number of them
   * @returns by head: `[windows, classes]`
   */
  predict(windows: Float32Array, parameters: Float32Array): Promise<ReadonlyMap<string, Float32Array>>;
}
