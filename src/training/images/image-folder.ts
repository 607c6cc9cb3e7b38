import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError, messageOf } from '../../shared/errors.js';

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
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw new GatewayError('IMAGES_INVALID', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  });
  const classes = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
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
