import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { shown } from './check-images.js';
import type { ImageFile, ImageFolder } from './image-folder.js';

/** What a CSV file says of an image; `undefined` where it does not name the image. */
export type ImageColumn = (path: string) => string | undefined;

/**
 * Reads one column of a CSV file whose column `image` names images: by file name, or with the folder they lie in.
 *
 * @throws GatewayError `IMAGES_INVALID` when it cannot be read, or lacks a column
 */
export async function readImageColumn(file: string, column: string): Promise<ImageColumn> {
  const [header = [], ...rows] = await readRows(file);
  const [image, wanted] = [header.indexOf('image'), header.indexOf(column)];
  if (image < 0 || wanted < 0) {
    const name = image < 0 ? 'image' : column;
    throw invalid(`${file} has no column "${name}" in its first line, which has: ${header.join(', ')}`);
  }
  const values = new Map(rows.map((cells) => [cells[image] ?? '', cells[wanted] ?? '']));
  return (path) => values.get(`${basename(dirname(path))}/${basename(path)}`) ?? values.get(basename(path));
}

/** Images of both folders, parted as a file says. */
export interface SplitFolders {
  readonly train: ImageFolder;
  readonly validation: ImageFolder;
  /** In words: images that the file does not name. */
  readonly warnings: readonly string[];
}

const PARTS = ['train', 'validation'] as const;

/**
 * Parts images into those to train on and those to measure with.
 *
 * @param partOf `train` or `validation`
 * @throws GatewayError `IMAGES_INVALID` when it says something else, or one of both gets no image
 */
export function splitFolders(
  data: ImageFolder,
  validation: ImageFolder | undefined,
  partOf: ImageColumn,
): SplitFolders {
  const all = joinFolders(data, validation);
  const unnamed = all.files.filter(({ path }) => partOf(path) === undefined).map(({ path }) => path);
  return {
    train: partOfFolder(all, 'train', partOf),
    validation: partOfFolder(all, 'validation', partOf),
    warnings:
      unnamed.length === 0
        ? []
        : [`${unnamed.length} images that the split does not name are left out: ${shown(unnamed)}`],
  };
}

/** Both folders as one, with the classes of both. */
export function joinFolders(data: ImageFolder, other: ImageFolder | undefined): ImageFolder {
  if (other === undefined) return data;
  const classes = [...new Set([...data.classes, ...other.classes])].sort();
  const files = [data, other].flatMap((folder) =>
    folder.files.map((file): ImageFile => {
      return { ...file, label: classes.indexOf(folder.classes[file.label] ?? '') };
    }),
  );
  return { path: data.path, classes, files, otherFiles: data.otherFiles + other.otherFiles };
}

/**
 * The images of a folder that a split calls `name`.
 *
 * @throws GatewayError `IMAGES_INVALID` where there are none, or the split has other words
 */
export function partOfFolder(
  folder: ImageFolder,
  name: (typeof PARTS)[number],
  partOf: ImageColumn,
): ImageFolder {
  const other = folder.files.find(({ path }) => !PARTS.some((part) => part === (partOf(path) ?? part)));
  if (other !== undefined) throw invalid(`the split says neither train nor validation of ${other.path}`);
  const files = folder.files.filter(({ path }) => partOf(path) === name);
  if (files.length === 0) throw invalid(`the split says "${name}" of no image of ${folder.path}`);
  return { path: `${folder.path} (${name} by the split)`, classes: folder.classes, files, otherFiles: 0 };
}

/** @throws GatewayError `IMAGES_INVALID` when it cannot be read as CSV */
export async function readRows(file: string): Promise<string[][]> {
  try {
    return parse(await readFile(file), { bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    throw new GatewayError('IMAGES_INVALID', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function invalid(words: string): GatewayError {
  return new GatewayError('IMAGES_INVALID', words);
}
