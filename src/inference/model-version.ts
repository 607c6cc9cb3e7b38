import type { Classifier } from '../infer/classifier.js';
import type { ModelLease } from '../infer/model-lease.js';
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

  /** Unloads at once, whoever still has a lease: their runs fail from now on. */
  async unload(): Promise<void> {
    this.#unloading ??= this.classifier[Symbol.asyncDispose]();
    await this.#unloading;
  }

  #unloadIfUnused(): void {
    if (this.#isRetired && this.#leases === 0) void this.unload();
  }
}
