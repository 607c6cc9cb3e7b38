import {
  type Classifier,
  type ModelLease,
  type ModelOutputs,
  type ModelSource,
  ServedModel,
} from '../../src/inference/model-version.js';
import type { SequenceManifest } from '../../src/inference/models/manifest.js';
import { tinyManifest } from './tiny-model.js';

/** One call of `run`, to be answered by the test. */
export interface FakeRun {
  /** The items' inputs as the run began. */
  readonly items: readonly number[][];
  /** The items' inputs as they are now. */
  itemsNow(): readonly number[][];
  /** Answers each item with P(yes). */
  answer(probabilities?: readonly number[]): void;
  fail(error: Error): void;
}

/** A classifier whose runs end when the test says so. */
export class FakeClassifier implements Classifier<SequenceManifest> {
  readonly manifest: SequenceManifest;
  readonly parallelism: number;
  readonly runs: FakeRun[] = [];
  disposals = 0;

  constructor(overrides: Partial<SequenceManifest> = {}, parallelism = 1) {
    this.manifest = tinyManifest(overrides);
    this.parallelism = parallelism;
  }

  run(batch: Float32Array, count: number): Promise<ModelOutputs> {
    const length = this.manifest.sizeSamples * this.manifest.channels.length;
    const itemsNow = (): number[][] =>
      Array.from({ length: count }, (_, row) => Array.from(batch.subarray(row * length, (row + 1) * length)));
    const items = itemsNow();
    return new Promise((resolve, reject) => {
      this.runs.push({
        items,
        itemsNow,
        answer: (probabilities = items.map(() => 0.5)) => {
          resolve({ accompanied: Float32Array.from(probabilities.flatMap((yes) => [1 - yes, yes])) });
        },
        fail: reject,
      });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.disposals += 1;
    return Promise.resolve();
  }
}

/** Models by name, with a way to replace one. */
export class FakeModels implements ModelSource {
  readonly #served = new Map<string, ServedModel>();

  constructor(...classifiers: readonly FakeClassifier[]) {
    for (const classifier of classifiers) this.swap(classifier);
  }

  lease(model: string): ModelLease | undefined {
    return this.#served.get(model)?.lease();
  }

  swap(classifier: FakeClassifier): void {
    const { name } = classifier.manifest;
    const old = this.#served.get(name);
    this.#served.set(name, new ServedModel(classifier));
    old?.retire();
  }
}
