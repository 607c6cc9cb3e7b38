import { join } from 'node:path';
import type { ImageManifest } from '../models/manifest.js';
import { openFinderOf, type PeopleFinder } from './people.js';

interface OpenFinder {
  readonly manifest: ImageManifest;
  readonly finder: Promise<PeopleFinder | undefined>;
}

/** The networks that find people, one a model, each loaded when it is first needed. */
export class Finders implements AsyncDisposable {
  readonly #modelsFolder: string;
  readonly #onMissing: (words: string) => void;
  readonly #open = new Map<string, OpenFinder>();

  /** @param onMissing is given words to say, once a version of a model, when the file of its network is missing */
  constructor(modelsFolder: string, onMissing: (words: string) => void) {
    this.#modelsFolder = modelsFolder;
    this.#onMissing = onMissing;
  }

  /**
   * @returns `undefined` when the model has none, or its file is missing
   * @throws GatewayError `MODEL_INVALID` when the file is another than the manifest says
   */
  of(manifest: ImageManifest): Promise<PeopleFinder | undefined> {
    const open = this.#open.get(manifest.name);
    if (open?.manifest === manifest) return open.finder;
    const finder = openFinderOf(join(this.#modelsFolder, manifest.name), manifest, this.#onMissing);
    this.#open.set(manifest.name, { manifest, finder });
    void close(open);
    return finder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open.values()].map(close));
    this.#open.clear();
  }
}

/** One that could not be opened is nothing to close: the caller that asked for it was told. */
async function close(open: OpenFinder | undefined): Promise<void> {
  const finder = await open?.finder.catch(() => undefined);
  await finder?.[Symbol.asyncDispose]();
}
