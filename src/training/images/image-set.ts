import { readFile } from 'node:fs/promises';
import { decodeImage, type TargetSize } from '../../inference/images/decode-image.js';
import type { RgbImage } from '../../inference/images/rgb-image.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import type { ImageFile, ImageFolder } from './image-folder.js';

/** Labelled pictures in memory, each decoded once. */
export interface ImageSet {
  readonly classes: readonly string[];
  readonly paths: readonly string[];
  readonly labels: readonly number[];
  readonly pictures: readonly RgbImage[];
}

export interface DecodedFolder {
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
