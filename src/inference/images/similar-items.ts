import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findNearest } from '../../apparel/nearest.js';
import type { ImageClassifier } from '../../domain/image.js';
import type { SimilarAnswer, SimilarItem, SimilarItems } from '../../domain/similar-items.js';
import { GatewayError } from '../../shared/errors.js';
import { type EmbeddingIndex, readIndex } from './embedding-index.js';

const AGAIN = 'make it again with alongside apparel index FOLDER';

export interface SimilarItemsOptions {
  /** Of the index. */
  readonly folder: string;
  readonly classifier: ImageClassifier;
  /** A clock that only goes forward, milliseconds. */
  readonly elapsedMs: () => number;
}

/** Finds items of a catalogue whose index lies in a folder; one that was made anew is read at the next question. */
export function createSimilarItems(options: SimilarItemsOptions): SimilarItems {
  return new IndexedItems(options);
}

class IndexedItems implements SimilarItems {
  readonly #options: SimilarItemsOptions;
  #stamp = '';
  #index: Promise<EmbeddingIndex> | undefined;

  constructor(options: SimilarItemsOptions) {
    this.#options = options;
  }

  async find(image: Uint8Array, top: number): Promise<SimilarAnswer> {
    const { classifier, elapsedMs } = this.#options;
    const index = await this.#current();
    const beganMs = elapsedMs();
    const { model, modelVersion, embedding } = await classifier.classify(image, index.model);
    const embeddedMs = elapsedMs();
    if (modelVersion !== index.modelVersion || embedding?.length !== index.dimensions) {
      const words = `The index was made with version ${index.modelVersion} of model ${model}, not ${modelVersion}; ${AGAIN}`;
      throw new GatewayError('NOT_FOUND', words);
    }
    const nearest = await findNearest(index, embedding, top);
    const items = nearest.map(({ item, score }): SimilarItem => {
      return { ...(index.items[item] ?? { id: '', label: '' }), score };
    });
    const endMs = elapsedMs();
    const timings = { embedMs: embeddedMs - beganMs, searchMs: endMs - embeddedMs, totalMs: endMs - beganMs };
    return { model, items, timings };
  }

  /** The index as the folder has it now. */
  async #current(): Promise<EmbeddingIndex> {
    const stats = await stat(join(this.#options.folder, 'index.json')).catch(() => undefined);
    const stamp = stats === undefined ? 'none' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
    if (stamp !== this.#stamp || this.#index === undefined) {
      this.#stamp = stamp;
      this.#index = readIndex(this.#options.folder);
      this.#index.catch(() => {
        this.#index = undefined;
      });
    }
    return await this.#index;
  }
}
