import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import pLimit from 'p-limit';
import { z } from 'zod';
import type { ImageClassifier } from '../../domain/image.js';
import { GatewayError, isMissing, messageOf, systemWords } from '../../shared/errors.js';
import { makeFolder } from '../../shared/files.js';
import { parseJson } from '../../shared/text.js';

const HEADER = 'index.json';
const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;

const headerSchema = z.object({
  format: z.literal(1),
  model: z.string(),
  modelVersion: z.string(),
  dimensions: z.int().positive(),
  file: z.string().regex(/^vectors-[0-9a-f]{16}\.f32$/),
  items: z.array(z.object({ id: z.string(), label: z.string() })),
});

/** A catalogue's pictures as embeddings. */
export interface EmbeddingIndex {
  readonly model: string;
  readonly modelVersion: string;
  readonly dimensions: number;
  readonly items: readonly { readonly id: string; readonly label: string }[];
  /** Of length 1 each, item after item. */
  readonly vectors: Float32Array;
}

/** Writes an index so that a reader never sees half of it: the header, which names the file of vectors, comes last. */
export async function writeIndex(folder: string, index: EmbeddingIndex): Promise<void> {
  const { vectors, ...rest } = index;
  await makeFolder(folder);
  const bytes = Buffer.from(vectors.buffer, vectors.byteOffset, vectors.byteLength);
  const file = `vectors-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.f32`;
  await writeFile(join(folder, file), bytes);
  const partial = join(folder, `${HEADER}.partial`);
  await writeFile(partial, JSON.stringify({ format: 1, file, ...rest }));
  await rename(partial, join(folder, HEADER));
  const old = (await readdir(folder)).filter((name) => name.startsWith('vectors-') && name !== file);
  for (const name of old) await rm(join(folder, name), { force: true });
}

/**
 * Reads an index.
 *
 * @throws GatewayError `NOT_FOUND` where there is none, or one that cannot be read
 */
export async function readIndex(folder: string): Promise<EmbeddingIndex> {
  try {
    const { format, file, ...header } = headerSchema.parse(parseJson(await readFile(join(folder, HEADER))));
    const bytes = await readFile(join(folder, file));
    const length = header.items.length * header.dimensions;
    if (bytes.length !== length * FLOAT_BYTES) {
      throw new Error(
        `format ${format}: ${file} has ${bytes.length} bytes instead of ${length * FLOAT_BYTES}`,
      );
    }
    // Copied, because a view must begin at a multiple of four.
    return { ...header, vectors: new Float32Array(Uint8Array.from(bytes).buffer) };
  } catch (error) {
    const words = isMissing(error)
      ? 'No catalogue of pictures was made yet'
      : `The catalogue of pictures cannot be used: ${systemWords(error) ?? 'its files are damaged'}`;
    throw new GatewayError('NOT_FOUND', `${words}; alongside apparel index FOLDER makes one`, {
      cause: error,
    });
  }
}

const PICTURES = /\.(jpe?g|png|webp)$/i;

interface BuildIndexOptions {
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
  const limit = pLimit(parallel);
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
  const all = await Promise.all(paths.map((path) => limit(() => embed(path))));
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
