import type { Manifest, SequenceManifest } from './models/manifest.js';

/** One version of a model with the leases on it; unloads it when it is retired and the last lease has come back. */
export class ServedModel<M extends Manifest = SequenceManifest> {
  readonly classifier: Classifier<M>;
  #leases = 0;
  #isRetired = false;
  #unloading: PromiseLike<void> | undefined;

  constructor(classifier: Classifier<M>) {
    this.classifier = classifier;
  }

  lease(): ModelLease<M> {
    this.#leases += 1;
    let isOpen = true;
    const isRetired = (): boolean => this.#isRetired;
    return {
      classifier: this.classifier,
      get isRetired() {
        return isRetired();
      },
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#leases -= 1;
        this.#unloadIfUnused();
      },
    };
  }

  /** Another version has taken over. */
  retire(): void {
    this.#isRetired = true;
    this.#unloadIfUnused();
  }

  /** Unloads at once, also under a lease: its runs fail from then on. */
  async unload(): Promise<void> {
    this.#unloading ??= this.classifier[Symbol.asyncDispose]();
    await this.#unloading;
  }

  #unloadIfUnused(): void {
    if (this.#isRetired && this.#leases === 0) void this.unload();
  }
}

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

/** The right to use one version of a model. It stays loaded until every lease on it was disposed of; doing so twice is once. */
export interface ModelLease<M extends Manifest = SequenceManifest> extends Disposable {
  readonly classifier: Classifier<M>;
  /** True once another version has taken its place: new windows belong to that one. */
  readonly isRetired: boolean;
}

/** Where models are leased from. */
export interface ModelSource<M extends Manifest = SequenceManifest> {
  /** The version of a model that is in use now; `undefined` if there is no model of that name. */
  lease(model: string): ModelLease<M> | undefined;
}
