import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { z } from 'zod';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { listFolder, makeFolder } from '../../shared/files.js';
import { parseJson } from '../../shared/text.js';
import { isTfLayersFile } from '../tensor-plan.js';
import { externalFilesOf, withExternalData } from './external-data.js';
import { FILE_PATTERN, type Manifest, manifestSchema } from './manifest.js';
import { parseTfLayersModel, weightFilesOf } from './tf-layers-files.js';

/** Longest name that is repeated in an error. */
const MAX_QUOTED_CHARACTERS = 100;

/**
 * Content of the files a model consists of, by name: the manifest's `file`, with the values in it that an ONNX model keeps in
 * others, and a tf.layers model's weight files.
 */
export type ModelFiles = ReadonlyMap<string, Uint8Array>;

/** A model folder whose manifest is well formed and whose file has the promised hash. */
export interface ModelFolder {
  readonly path: string;
  readonly manifest: Manifest;
  readonly modelPath: string;
  readonly files: ModelFiles;
}

/**
 * Reads a model folder and checks its files against the hashes in `manifest.json`.
 *
 * @throws GatewayError `MODEL_INVALID` naming the folder and everything that does not fit
 */
export async function readModelFolder(path: string): Promise<ModelFolder> {
  const manifest = await readManifest(path);
  const model = await readHashed(path, manifest.file, manifest.sha256);
  const files = isTfLayersFile(manifest.file)
    ? new Map([[manifest.file, model], ...(await readWeights(path, manifest, model))])
    : new Map([[manifest.file, await withOwnData(path, manifest, model)]]);
  return { path, manifest, modelPath: join(path, manifest.file), files };
}

/** A model folder as it was read, and what it looked like just before. */
export interface StampedFolder {
  readonly folder: ModelFolder;
  /** As `fingerprintFolder` gives it: watching the folder goes on from there. */
  readonly fingerprint: string;
}

/** @throws GatewayError `MODEL_INVALID`, as {@link readModelFolder} */
export async function readStampedFolder(path: string): Promise<StampedFolder> {
  const fingerprint = await fingerprintFolder(path);
  return { folder: await readModelFolder(path), fingerprint };
}

/**
 * Reads what a model folder says of itself, without looking at its files.
 *
 * @throws GatewayError `MODEL_INVALID`
 */
export async function readManifest(path: string): Promise<Manifest> {
  return parseManifest(path, await readBytes(path, 'manifest.json'));
}

/** Names of the folders below `directory` that hold a manifest, in alphabetical order. */
export async function listModelFolders(directory: string): Promise<string[]> {
  const { folders } = await listFolder(directory).catch(() => ({ folders: [] }));
  const names = await Promise.all(folders.map((name) => nameIfModel(directory, name)));
  return names.filter((name) => name !== undefined);
}

/** A manifest before the hash of its file is known. */
export type UnhashedManifest = Manifest extends infer M
  ? M extends Manifest
    ? Omit<M, 'sha256'>
    : never
  : never;

/**
 * Writes a model folder so that a reader never sees half of it: the manifest, which names the files' hashes, comes last.
 *
 * @param weights a tf.layers model's weight files by name
 */
export async function writeModelFolder(
  path: string,
  manifest: UnhashedManifest,
  model: Uint8Array,
  card: string,
  weights: ModelFiles = new Map(),
): Promise<void> {
  await makeFolder(path);
  for (const [file, content] of weights) await replaceFile(join(path, file), content);
  await replaceFile(join(path, manifest.file), model);
  await replaceFile(join(path, 'README.md'), card);
  const hashes = Object.fromEntries([...weights].map(([file, content]) => [file, sha256Of(content)]));
  const complete = manifestSchema.parse({
    ...manifest,
    sha256: sha256Of(model),
    ...(weights.size === 0 ? {} : { weights: hashes }),
  });
  await replaceFile(join(path, 'manifest.json'), `${JSON.stringify(complete, undefined, 2)}\n`);
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function parseManifest(path: string, content: Uint8Array): Manifest {
  let json: unknown;
  try {
    json = parseJson(content);
  } catch (error) {
    throw new GatewayError('MODEL_INVALID', `${path}/manifest.json is not JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const result = manifestSchema.safeParse(json, { jitless: true });
  if (!result.success) {
    throw new GatewayError('MODEL_INVALID', `${path}/manifest.json:\n${z.prettifyError(result.error)}`);
  }
  return result.data;
}

/** Weight files are hashed where the manifest has their hashes; a model made elsewhere may have none. */
async function readWeights(
  path: string,
  manifest: Manifest,
  model: Uint8Array,
): Promise<[string, Uint8Array][]> {
  const names = weightFilesOf(parseTfLayersModel(join(path, manifest.file), model));
  return await Promise.all(
    names.map(async (name): Promise<[string, Uint8Array]> => {
      return [name, await readHashed(path, name, manifest.weights?.[name])];
    }),
  );
}

/**
 * An ONNX model with the values that it keeps in other files. Those lie beside it, and the manifest has their hashes: what the
 * model names is text from its maker, and could name any file of this machine.
 */
async function withOwnData(path: string, manifest: Manifest, model: Uint8Array): Promise<Uint8Array> {
  try {
    // Bytes that are no ONNX model are left to the engine, which says so.
    const names = externalFilesOf(model) ?? new Set<string>();
    const files = await Promise.all(
      [...names].map(async (name): Promise<[string, Uint8Array]> => {
        return [name, await readExternal(path, name, manifest.weights?.[name])];
      }),
    );
    return names.size === 0 ? model : withExternalData(model, new Map(files));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new GatewayError('MODEL_INVALID', `${join(path, manifest.file)}: ${error.message}`, {
      cause: error,
    });
  }
}

async function readExternal(path: string, name: string, expected: string | undefined): Promise<Uint8Array> {
  if (!FILE_PATTERN.test(name)) {
    throw new GatewayError(
      'MODEL_INVALID',
      `it keeps values in ${JSON.stringify(name.slice(0, MAX_QUOTED_CHARACTERS))}; they must be in a file beside it, ` +
        'which it names without a path',
    );
  }
  const content = await readHashed(path, name, expected);
  if (expected !== undefined) return content;
  throw new GatewayError(
    'MODEL_INVALID',
    `it keeps values in ${name}, whose SHA-256 is not in manifest.json; if the file is the right one, write ` +
      `"weights": {"${name}": "${sha256Of(content)}"} into it`,
  );
}

async function readHashed(path: string, file: string, expected: string | undefined): Promise<Uint8Array> {
  const content = await readBytes(path, file);
  const actual = sha256Of(content);
  if (expected !== undefined && actual !== expected) {
    throw new GatewayError(
      'MODEL_INVALID',
      `${join(path, file)}: its SHA-256 is ${actual}, but manifest.json says ${expected}; ` +
        'restore the file or write its hash into the manifest',
    );
  }
  return content;
}

/** A file of a model folder. A link that leads out of the folder is not followed: it could be any file of this machine. */
async function readBytes(path: string, file: string): Promise<Buffer> {
  const where = join(path, file);
  try {
    const [folder, real] = await Promise.all([realpath(path), realpath(where)]);
    if (!real.startsWith(folder + sep)) throw new Error('it is a link that leads out of the model folder');
    return await readFile(real);
  } catch (error) {
    throw new GatewayError('MODEL_INVALID', `${where} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

async function nameIfModel(directory: string, name: string): Promise<string | undefined> {
  const files = await readdir(join(directory, name)).catch((): string[] => []);
  return files.includes('manifest.json') ? name : undefined;
}

async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.partial`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/** Text that changes when a file in the folder is written, replaced, added or removed. */
export async function fingerprintFolder(path: string): Promise<string> {
  const names = await readdir(path).catch((): string[] => []);
  const lines = await Promise.all(
    names.sort().map(async (name) => `${name} ${await stampOf(join(path, name))}`),
  );
  return lines.join('\n');
}

async function stampOf(path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  return stats === undefined ? 'gone' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
}
