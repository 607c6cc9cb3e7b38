import type { Manifest } from '../inference/models/manifest.js';

/** Values of each output by its name, row after row: as many rows as the batch had items. */
export type ModelOutputs = Readonly<Record<string, Float32Array>>;

/** A loaded, checked and warmed-up model. Disposing of it waits for the batches under way. */
export interface Classifier<M extends Manifest = Manifest> extends AsyncDisposable {
  readonly manifest: M;
  /** Batches that can run at the same time. */
  readonly parallelism: number;

  /**
   * Runs the model on the first `count` items of `batch`.
   *
   * @param batch prepared input, item after item; must not be changed before the promise settles. Over a
   *   `SharedArrayBuffer` it is read in place, otherwise copied
   * @throws GatewayError `MODEL_RUN_FAILED`, or `CLOSED` after disposal
   */
  run(batch: Float32Array, count: number): Promise<ModelOutputs>;
}
