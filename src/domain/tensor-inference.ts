/** A tensor a model takes or gives; -1 stands for any size. */
export interface TensorDescription {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A model as clients see it that send it tensors. */
export interface TensorModel {
  readonly name: string;
  readonly version: string;
  /** `onnxruntime_onnx` or `tensorflowjs_layers`. */
  readonly platform: string;
  readonly input: TensorDescription;
  readonly outputs: readonly TensorDescription[];
  /** The input may be encoded pictures instead of a tensor. */
  readonly takesImages: boolean;
}

/** Values of each output by its name: one row an item. */
export type TensorOutputs = Readonly<Record<string, readonly Float32Array[]>>;

/** Runs models on tensors as they are: nothing is prepared. */
export interface TensorInference {
  /** Models in service. */
  readonly models: readonly TensorModel[];

  /**
   * @param rows items of the batch, each with as many values as the model's input has for one
   * @throws GatewayError `NOT_FOUND`, `QUEUE_FULL` (retryable), `MODEL_RUN_FAILED`, `CLOSED`
   */
  run(model: string, rows: readonly Float32Array[]): Promise<TensorOutputs>;

  /**
   * The same for an image model and encoded pictures, which are prepared as the model wants them.
   *
   * @throws GatewayError as above, and `IMAGE_REFUSED`
   */
  runImages(model: string, images: readonly Uint8Array[]): Promise<TensorOutputs>;
}
