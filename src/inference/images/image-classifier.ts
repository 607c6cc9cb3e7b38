import pLimit, { type LimitFunction } from 'p-limit';
import type {
  Classification,
  ImageClassifier,
  ImageLabel,
  ImageRun,
  ImageTimings,
} from '../../domain/image.js';
import { GatewayError } from '../../shared/errors.js';
import type { ImageManifest } from '../models/manifest.js';
import { decodeImage, writeTensor } from './decode-image.js';

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
  /** A clock that only goes forward, milliseconds. */
  readonly elapsedMs: () => number;
  readonly onRun?: (timings: ImageTimings) => void;
}

/** Decodes pictures, has a model run on them and puts its answer into words. */
export function createImageClassifier(options: ImageClassifierOptions): ImageClassifier {
  return new QueuedImageClassifier(options);
}

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
    const { outputs, timings } = await this.#admit(image, manifest);
    const features = manifest.feature === undefined ? undefined : outputs[manifest.feature];
    return {
      model: manifest.name,
      modelVersion: manifest.version,
      labels: toLabels(outputs[manifest.output] ?? new Float32Array(), manifest),
      embedding: features && toUnitLength(features),
      timings,
    };
  }

  async run(image: Uint8Array, model?: string): Promise<ImageRun> {
    return await this.#admit(image, this.#find(model));
  }

  async #admit(image: Uint8Array, manifest: ImageManifest): Promise<ImageRun> {
    if (!this.hasRoom) {
      const words = `${this.#inWork} pictures are in work already`;
      throw new GatewayError('QUEUE_FULL', words, { retryable: true, retryAfterMs: RETRY_AFTER_MS });
    }
    this.#inWork += 1;
    try {
      const result = await this.#work(image, manifest);
      this.#options.onRun?.(result.timings);
      return result;
    } finally {
      this.#inWork -= 1;
    }
  }

  async #work(image: Uint8Array, manifest: ImageManifest): Promise<ImageRun> {
    const { models, elapsedMs } = this.#options;
    const beganMs = elapsedMs();
    const picture = await this.#decoders(() => decodeImage(image, manifest));
    const decodedMs = elapsedMs();
    const outputs = await models.run(manifest.name, (target, offset) =>
      writeTensor(picture, manifest, target, offset),
    );
    return { outputs, timings: timingsOf(beganMs, decodedMs, elapsedMs()) };
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

/** Probabilities of logits. */
export function softmax(logits: Float32Array): Float32Array {
  const largest = logits.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY);
  const powers = logits.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

/**
 * Gives a model's scores of one picture their labels, the most probable first.
 *
 * @throws GatewayError `MODEL_RUN_FAILED` for scores that are no numbers
 */
export function toLabels(
  scores: Float32Array,
  { name, classes, scores: kind }: Pick<ImageManifest, 'name' | 'classes' | 'scores'>,
): ImageLabel[] {
  if (!scores.every(Number.isFinite)) {
    throw new GatewayError('MODEL_RUN_FAILED', `model "${name}" answered with values that are no numbers`);
  }
  const probabilities = kind === 'logits' ? softmax(scores) : scores;
  return classes
    .map((label, index) => ({ label, probability: probabilities[index] ?? 0 }))
    .sort((a, b) => b.probability - a.probability);
}

/** A vector of the same direction and of length 1; zeros stay zeros. */
export function toUnitLength(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
