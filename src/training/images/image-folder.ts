import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TargetSize } from '../../inference/images/decode-image.js';
import type { RgbImage } from '../../inference/images/rgb-image.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { listFolder } from '../../shared/files.js';

/** One file of a folder of labelled images. */
export interface ImageFile {
  readonly path: string;
  /** Its class: number of the folder in `classes`. */
  readonly label: number;
  /** SHA-256 of its bytes, hexadecimal. */
  readonly hash: string;
}

/** Images sorted by class: one folder a class, as is usual. */
export interface ImageFolder {
  readonly path: string;
  /** Names of the folders, in alphabetical order. */
  readonly classes: readonly string[];
  readonly files: readonly ImageFile[];
  /** Files with another ending, which were not looked at. */
  readonly otherFiles: number;
}

const IMAGE_NAME = /\.(jpe?g|png|webp)$/i;

/**
 * Lists the images of a folder that has one folder a class.
 *
 * @throws GatewayError `IMAGES_INVALID` when it cannot be read, or has no class with images
 */
export async function readImageFolder(path: string): Promise<ImageFolder> {
  const { folders } = await listFolder(path).catch((error: unknown) => {
    throw new GatewayError('IMAGES_INVALID', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  });
  const classes = folders.filter((name) => !name.startsWith('.'));
  const files: ImageFile[] = [];
  let otherFiles = 0;
  for (const [label, name] of classes.entries()) {
    const names = (await readdir(join(path, name))).sort();
    const images = names.filter((file) => IMAGE_NAME.test(file));
    otherFiles += names.length - images.length;
    for (const image of images) {
      const file = join(path, name, image);
      files.push({ path: file, label, hash: hashOf(await readFile(file)) });
    }
  }
  if (files.length === 0) {
    throw new GatewayError(
      'IMAGES_INVALID',
      `${path} has no images; expected one folder a class with JPEG, PNG or WebP files in it`,
    );
  }
  return { path, classes, files, otherFiles };
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Labelled pictures in memory, each decoded once. */
export interface ImageSet {
  readonly classes: readonly string[];
  readonly paths: readonly string[];
  readonly labels: readonly number[];
  readonly pictures: readonly RgbImage[];
}

interface DecodedFolder {
  /** The folder without the files that are no pictures. */
  readonly folder: ImageFolder;
  /** By the hash of the file. */
  readonly pictures: ReadonlyMap<string, RgbImage>;
  /** What could not be decoded and why, in words. */
  readonly unreadable: readonly string[];
}

/** Pictures decoded beside one another. */
const AT_ONCE = 4;

/** Decodes the files of a folder, as serving does; those that cannot be are left out and named. */
export async function decodeFolder(
  folder: ImageFolder,
  size: TargetSize,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<DecodedFolder> {
  // Loaded here: commands that only name a folder tell their options without libvips.
  const { decodeImage } = await import('../../inference/images/decode-image.js');
  const pictures = new Map<string, RgbImage>();
  const unreadable: string[] = [];
  const bad = new Set<string>();
  for (let from = 0; from < folder.files.length; from += AT_ONCE) {
    if (signal.aborted) throw new GatewayError('CLOSED', 'stopped before all images were decoded');
    await Promise.all(
      folder.files.slice(from, from + AT_ONCE).map(async ({ path, hash }) => {
        try {
          pictures.set(hash, await decodeImage(await readFile(path), size));
        } catch (error) {
          bad.add(path);
          unreadable.push(`${path}: ${messageOf(error)}`);
        }
      }),
    );
    onProgress(Math.min(1, (from + AT_ONCE) / folder.files.length));
  }
  const files = folder.files.filter(({ path }) => !bad.has(path));
  return { folder: { ...folder, files }, pictures, unreadable };
}

/** Brings files and their pictures together. */
export function imageSetOf(
  classes: readonly string[],
  files: readonly ImageFile[],
  pictures: ReadonlyMap<string, RgbImage>,
): ImageSet {
  const known = files.flatMap((file) => {
    const picture = pictures.get(file.hash);
    return picture === undefined ? [] : [{ ...file, picture }];
  });
  return {
    classes,
    paths: known.map(({ path }) => path),
    labels: known.map(({ label }) => label),
    pictures: known.map(({ picture }) => picture),
  };
}

/** What an image of each class counts: 1, or the inverse of the class's frequency with a mean over the images of 1. */
export function imageClassWeights(
  labels: readonly number[],
  classes: number,
  weighting: 'none' | 'balanced',
): number[] {
  return Array.from({ length: classes }, (_, label) => {
    if (weighting === 'none') return 1;
    const count = labels.filter((other) => other === label).length;
    return count === 0 ? 0 : labels.length / (count * classes);
  });
}
