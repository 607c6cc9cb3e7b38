import { GatewayError } from '../../shared/errors.js';
import { type ImageFolder, readImageFolder } from '../../training/images/image-folder.js';
import { type ImageColumn, readImageColumn, splitFolders } from '../../training/images/image-table.js';

/** Options that say where images of one folder a class lie, and how they are parted. */
export interface ImageFolderFlags {
  readonly data: string;
  readonly validation?: string;
  readonly split?: string;
  readonly within?: string;
}

/** The images to train on and those to measure with. */
export async function readFolders({ data, validation, split }: ImageFolderFlags): Promise<{
  readonly train: ImageFolder;
  readonly validation: ImageFolder | undefined;
  readonly warnings: readonly string[];
}> {
  const train = await readImageFolder(data);
  const measured = validation === undefined ? undefined : await readImageFolder(validation);
  if (split === undefined) return { train, validation: measured, warnings: [] };
  return splitFolders(train, measured, await readImageColumn(split, 'split'));
}

/** Reads `--within FILE:COLUMN`. */
export async function groupsOf({ within }: ImageFolderFlags): Promise<ImageColumn> {
  if (within === undefined) return () => undefined;
  const at = within.lastIndexOf(':');
  if (at < 1) {
    throw new GatewayError('USAGE', '--within: expected FILE:COLUMN, such as products.csv:category');
  }
  return await readImageColumn(within.slice(0, at), within.slice(at + 1));
}

/** @throws GatewayError `USAGE` where options of images in folders are given for something else */
export function refuseImageFlags({ validation, split, within }: ImageFolderFlags, words: string): void {
  const given = Object.entries({ validation, split, within }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`],
  );
  if (given.length > 0) throw new GatewayError('USAGE', `${given.join(', ')}: ${words}`);
}
