import pLimit, { type LimitFunction } from 'p-limit';
import type {
  Classification,
  ImageClassifier,
  ImageRun,
  ImageTimings,
  WornEmbeddings,
} from '../../domain/image.js';
import { GatewayError } from '../../shared/errors.js';
import type { ImageManifest } from '../models/manifest.js';
import type { TargetSize } from './decode-image.js';
import { dressPeople, embedPart, PEOPLE_PICTURE, partsOf } from './dressed-people.js';
import { toLabels, toUnitLength } from './image-labels.js';
import type { PeopleFinder } from './people.js';
import { type RgbImage, WHOLE_PICTURE, writeTensor } from './rgb-image.js';

/** How long a client should wait before it sends a picture again that found no room. */
const RETRY_AFTER_MS = 1000;

/** Runs image models. */
export interface ImageModels {
  /** Of the versions in use; the first is the default. */
  readonly manifests: readonly ImageManifest[];
  /** Runs a model on one picture, which `write` puts into the batch; gives the values of each output. */
  run(
    model: string,
    write: (target: Float32Array, offset: number) => void,
  ): Promise<Readonly<Record<string, Float32Array>>>;
}

interface ImageClassifierOptions {
  readonly models: ImageModels;
  /** Pictures decoded at the same time. */
  readonly decoders: number;
  /** Pictures in work, whether they wait or not; further ones are refused. */
  readonly maxImages: number;
  /** People of a picture that are looked at, the surest first. */
  readonly maxPeople: number;
  /** Of a person's labels, in place of those of the model. */
  readonly thresholds?: Readonly<Record<string, number>>;
  /** The network that finds people for a model whose manifest has one; `undefined` where its file is missing. */
  readonly finderOf: (manifest: ImageManifest) => Promise<PeopleFinder | undefined>;
  /** A clock that only goes forward, milliseconds. */
  readonly elapsedMs: () => number;
  readonly onRun?: (timings: ImageTimings) => void;
}

/** Decodes pictures, has a model run on them and puts its answer into words. */
export function createImageClassifier(options: ImageClassifierOptions): ImageClassifier {
  return new QueuedImageClassifier(options);
}

type Answer = Omit<Classification, 'model' | 'modelVersion'>;

class QueuedImageClassifier implements ImageClassifier {
  readonly #options: ImageClassifierOptions;
  readonly #decoders: LimitFunction;
  #inWork = 0;

  constructor(options: ImageClassifierOptions) {
    this.#options = options;
    this.#decoders = pLimit(options.decoders);
  }

  get hasRoom(): boolean {
    return this.#inWork < this.#options.maxImages;
  }

  async classify(image: Uint8Array, model?: string): Promise<Classification> {
    const manifest = this.#find(model);
    return await this.#admit(async () => {
      const { labels, people, embedding, timings } = await (manifest.people === undefined
        ? this.#classifyWhole(image, manifest)
        : this.#classifyPeople(image, manifest));
      return { model: manifest.name, modelVersion: manifest.version, labels, people, embedding, timings };
    });
  }

  async embedWorn(image: Uint8Array, model: string): Promise<WornEmbeddings> {
    const manifest = this.#find(model);
    const looker = this.#options.models.manifests.find(({ people }) => people !== undefined);
    if (looker === undefined) {
      throw new GatewayError('NOT_FOUND', 'No active image model finds people; add one to models.active');
    }
    if (manifest.people !== undefined || manifest.feature === undefined) {
      const words = `${model} is no model of single garments with features; make the index with another`;
      throw new GatewayError('NOT_FOUND', words);
    }
    const { people } = await this.#admit(() => this.#embedPeople(image, manifest, looker));
    return { modelVersion: manifest.version, people };
  }

  async run(image: Uint8Array, model?: string): Promise<ImageRun> {
    const manifest = this.#find(model);
    return await this.#admit(() => this.#runWhole(image, manifest));
  }

  async #admit<Result extends { readonly timings: ImageTimings }>(
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (!this.hasRoom) {
      const words = `${this.#inWork} pictures are in work already`;
      throw new GatewayError('QUEUE_FULL', words, { retryable: true, retryAfterMs: RETRY_AFTER_MS });
    }
    this.#inWork += 1;
    try {
      const result = await work();
      this.#options.onRun?.(result.timings);
      return result;
    } finally {
      this.#inWork -= 1;
    }
  }

  async #classifyWhole(image: Uint8Array, manifest: ImageManifest): Promise<Answer> {
    const { outputs, timings } = await this.#runWhole(image, manifest);
    const features = manifest.feature === undefined ? undefined : outputs[manifest.feature];
    const labels = toLabels(outputs[manifest.output] ?? new Float32Array(), manifest);
    return { labels, people: undefined, embedding: features && toUnitLength(features), timings };
  }

  async #classifyPeople(image: Uint8Array, manifest: ImageManifest): Promise<Answer> {
    const { models, elapsedMs, maxPeople, thresholds, finderOf } = this.#options;
    const beganMs = elapsedMs();
    const picture = await this.#decode(image, PEOPLE_PICTURE);
    const decodedMs = elapsedMs();
    const { people, labels } = await dressPeople(picture, {
      manifest,
      maxPeople,
      thresholds,
      finder: await finderOf(manifest),
      run: (write) => models.run(manifest.name, write),
    });
    const timings = timingsOf(beganMs, decodedMs, elapsedMs());
    return { people, labels, embedding: people[0]?.embedding, timings };
  }

  /** @param looker has the network that finds people; where its file is missing, the whole picture is taken for one */
  async #embedPeople(
    image: Uint8Array,
    manifest: ImageManifest,
    looker: ImageManifest,
  ): Promise<Pick<WornEmbeddings, 'people'> & { readonly timings: ImageTimings }> {
    const { models, elapsedMs, maxPeople, finderOf } = this.#options;
    const beganMs = elapsedMs();
    const picture = await this.#decode(image, PEOPLE_PICTURE);
    const decodedMs = elapsedMs();
    const finder = await finderOf(looker);
    const found = finder === undefined ? [WHOLE_PICTURE] : await finder.find(picture);
    const people = await Promise.all(
      found.slice(0, maxPeople).map(async ({ left, top, right, bottom }) => {
        const box = { left, top, right, bottom };
        const parts = partsOf(box, picture).map((part) =>
          embedPart(picture, part, manifest, (write) => models.run(manifest.name, write)),
        );
        return { box, parts: await Promise.all(parts) };
      }),
    );
    return { people, timings: timingsOf(beganMs, decodedMs, elapsedMs()) };
  }

  async #runWhole(image: Uint8Array, manifest: ImageManifest): Promise<ImageRun> {
    const { models, elapsedMs } = this.#options;
    const beganMs = elapsedMs();
    const picture = await this.#decode(image, manifest);
    const decodedMs = elapsedMs();
    const outputs = await models.run(manifest.name, (target, offset) =>
      writeTensor(picture, manifest, target, offset),
    );
    return { outputs, timings: timingsOf(beganMs, decodedMs, elapsedMs()) };
  }

  async #decode(image: Uint8Array, size: TargetSize): Promise<RgbImage> {
    const { decodeImage } = await import('./decode-image.js');
    return await this.#decoders(() => decodeImage(image, size));
  }

  #find(name: string | undefined): ImageManifest {
    const { manifests } = this.#options.models;
    const manifest = name === undefined ? manifests[0] : manifests.find((each) => each.name === name);
    if (manifest !== undefined) return manifest;
    const names = manifests.map((each) => each.name).join(', ');
    throw new GatewayError(
      'NOT_FOUND',
      manifests.length === 0
        ? 'No image model is active; name one in models.active'
        : `There is no image model ${name}; active are: ${names}`,
    );
  }
}

function timingsOf(beganMs: number, decodedMs: number, endMs: number): ImageTimings {
  const rounded = (ms: number): number => Math.round(ms * 100) / 100;
  return {
    decodeMs: rounded(decodedMs - beganMs),
    inferMs: rounded(endMs - decodedMs),
    totalMs: rounded(endMs - beganMs),
  };
}
