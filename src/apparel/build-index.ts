import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { ImageClassifier } from '../domain/image.js';
import type { EmbeddingIndex } from '../inference/images/embedding-index.js';
import { GatewayError, messageOf } from '../shared/errors.js';
import { Slots } from '../shared/limit.js';

const PICTURES = /\.(jpe?g|png|webp)$/i;

export interface BuildIndexOptions {
  /** Of pictures, with folders below it or without. */
  readonly folder: string;
  readonly classifier: ImageClassifier;
  /** Pictures in work at the same time. */
  readonly parallel: number;
  readonly onProgress?: (done: number, all: number) => void;
  /** A picture that cannot be used is left out. */
  readonly onSkipped?: (path: string, why: string) => void;
}

/**
 * Makes an index of a folder's pictures.
 *
 * @throws GatewayError `NOT_FOUND` for a folder without a usable picture; `MODEL_INVALID` for a model without features
 */
export async function buildIndex(options: BuildIndexOptions): Promise<EmbeddingIndex> {
  const { folder, classifier, parallel, onProgress, onSkipped } = options;
  const paths = await picturesIn(folder);
  const slots = new Slots(parallel);
  let done = 0;
  const embed = async (path: string) => {
    try {
      return { path, ...(await classifier.classify(await readFile(path))) };
    } catch (error) {
      if (!(error instanceof GatewayError && error.code === 'IMAGE_REFUSED')) throw error;
      onSkipped?.(path, messageOf(error));
      return undefined;
    } finally {
      onProgress?.(++done, paths.length);
    }
  };
  const all = await Promise.all(paths.map((path) => slots.run(() => embed(path))));
  const good = all.filter((each) => each !== undefined);
  const [first] = good;
  if (first === undefined) throw new GatewayError('NOT_FOUND', `${folder} has no JPEG, PNG or WebP picture`);
  const { model, modelVersion, embedding } = first;
  if (embedding === undefined) {
    throw new GatewayError(
      'MODEL_INVALID',
      `model "${model}" has no embedding: its manifest names no feature tensor`,
    );
  }
  const vectors = new Float32Array(good.length * embedding.length);
  for (const [index, each] of good.entries()) vectors.set(each.embedding ?? [], index * embedding.length);
  const items = good.map(({ path }) => ({ id: relative(folder, path), label: labelOf(folder, path) }));
  return { model, modelVersion, dimensions: embedding.length, items, vectors };
}

async function picturesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((error: unknown) => {
    throw new GatewayError('NOT_FOUND', `${folder} cannot be read: ${messageOf(error)}`, { cause: error });
  });
  return entries
    .filter((entry) => entry.isFile() && PICTURES.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function labelOf(folder: string, path: string): string {
  const parent = dirname(path);
  return parent === folder || relative(folder, parent) === '' ? '' : basename(parent);
}
