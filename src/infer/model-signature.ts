/** A tensor as the model file itself describes it. */
export interface TensorSpec {
  readonly name: string;
  /** `float32`, `int64`, … */
  readonly type: string;
  /** Size of each dimension, `null` where any size fits; `undefined` where the file does not say. */
  readonly shape: readonly (number | null)[] | undefined;
}

/** What a model file says of its inputs and outputs. */
export interface ModelSignature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}
