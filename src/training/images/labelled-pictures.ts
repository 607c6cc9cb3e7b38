import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage } from '../../inference/images/decode-image.js';
import { findPeople, PEOPLE_PICTURE } from '../../inference/images/dressed-people.js';
import type { PeopleFinder } from '../../inference/images/people.js';
import type { RgbImage } from '../../inference/images/rgb-image.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { shown } from './check-images.js';
import { readRows } from './image-table.js';

const LABELS_FILE = 'labels.csv';
const IMAGE_COLUMN = 'image';
/** Folders below the one of labels.csv in which its pictures may lie. */
const PICTURE_FOLDERS = ['', 'photos', 'images'] as const;
const ENDINGS = ['', '.jpg', '.jpeg', '.png', '.webp'] as const;
/** A column of which so many cells are 0 or 1 is taken for a label. */
const LABEL_SHARE = 0.5;

/** Pictures each of which has several labels or none. */
export interface LabelledPictures {
  readonly folder: string;
  readonly labels: readonly string[];
  readonly pictures: readonly LabelledPicture[];
  /** Columns that hold something else. */
  readonly otherColumns: readonly string[];
}

interface LabelledPicture {
  readonly path: string;
  /** One a label. */
  readonly has: readonly boolean[];
}

/** Whether a folder says in `labels.csv` what is on its pictures. */
export async function hasLabelsFile(folder: string): Promise<boolean> {
  return await exists(join(folder, LABELS_FILE));
}

/**
 * Reads `labels.csv`: the column `image` names a picture beside it or in `photos/`, other columns are labels with 1 where
 * the picture has it and 0 where not.
 *
 * @throws GatewayError `IMAGES_INVALID` saying which line or label does not fit
 */
export async function readLabelledPictures(folder: string): Promise<LabelledPictures> {
  const file = join(folder, LABELS_FILE);
  const [columns = [], ...rows] = await readRows(file);
  const imageColumn = columns.indexOf(IMAGE_COLUMN);
  if (imageColumn < 0) throw invalid(`${file} has no column "${IMAGE_COLUMN}" in its first line`);
  if (rows.length === 0) throw invalid(`${file} names no picture`);
  const isLabel = columns.map((_, at) => at !== imageColumn && isLabelColumn(rows, at));
  const labels = columns.filter((_, at) => isLabel[at]);
  if (new Set(labels).size !== labels.length) throw invalid(`${file} has two columns of one name`);
  if (labels.includes('')) throw invalid(`${file} has a column of labels without a name`);
  const named = rows.map((cells, row) => ({
    image: cells[imageColumn] ?? '',
    has: cells.flatMap((cell, at) =>
      isLabel[at] ? [isSet(cell, `${file} line ${row + 2}, "${columns[at]}"`)] : [],
    ),
  }));
  requireOnce(
    file,
    named.map(({ image }) => image),
  );
  const paths = await Promise.all(named.map(({ image }) => findPicture(folder, image)));
  const unknown = named.flatMap(({ image }, row) => (paths[row] === undefined ? [image] : []));
  if (unknown.length > 0) {
    throw invalid(
      `${file} names ${unknown.length} pictures that are not in ${folder} or its photos/: ${shown(unknown)}`,
    );
  }
  return {
    folder,
    labels,
    pictures: named.map(({ has }, row) => ({ path: paths[row] ?? '', has })),
    otherColumns: columns.filter((_, at) => at !== imageColumn && !isLabel[at]),
  };
}

/**
 * Looks whether labels can be learned.
 *
 * @throws GatewayError `IMAGES_INVALID` with fewer than two labels, or one that too few pictures have or lack
 */
export function requireLearnable({ folder, labels, pictures }: LabelledPictures): void {
  const file = join(folder, LABELS_FILE);
  if (labels.length < 2) {
    throw invalid(`${file} has ${labels.length} label; a model needs at least two columns of 0 and 1`);
  }
  for (const [at, label] of labels.entries()) {
    const positives = pictures.filter(({ has }) => has[at]).length;
    if (positives < 2)
      throw invalid(`${file}: ${positives} pictures have the label "${label}"; at least two must`);
  }
}

function isLabelColumn(rows: readonly (readonly string[])[], at: number): boolean {
  const fitting = rows.filter((cells) => cells[at] === '0' || cells[at] === '1').length;
  return fitting > rows.length * LABEL_SHARE;
}

function isSet(cell: string, where: string): boolean {
  if (cell === '0' || cell === '1') return cell === '1';
  throw invalid(`${where}: expected 0 or 1`);
}

function requireOnce(file: string, images: readonly string[]): void {
  const seen = new Set<string>();
  const again = images.filter((image) => seen.has(image) || !seen.add(image));
  if (again.length > 0) throw invalid(`${file} names pictures more than once: ${shown(again)}`);
}

/** A picture by its name, with or without its ending. Names that lead out of the folder are not followed. */
async function findPicture(folder: string, image: string): Promise<string | undefined> {
  if (image === '' || image.split(/[\\/]/).includes('..')) return undefined;
  for (const below of PICTURE_FOLDERS) {
    for (const ending of ENDINGS) {
      const path = join(folder, below, image + ending);
      if ((ending !== '' || /\.\w+$/.test(image)) && (await exists(path))) return path;
    }
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

function invalid(words: string): GatewayError {
  return new GatewayError('IMAGES_INVALID', words);
}

/** Pictures of one person each, cut out of labelled pictures. */
export interface PeoplePictures {
  readonly paths: readonly string[];
  readonly pictures: readonly RgbImage[];
  /** 1 where a picture has a label, `[pictures, labels]`. */
  readonly targets: Float32Array;
  /** Pictures on which nobody was found. */
  readonly withoutPeople: readonly string[];
  /** What could not be decoded and why, in words. */
  readonly unreadable: readonly string[];
}

/**
 * Cuts the surest person out of each picture, as serving does; pictures without one are left out and named.
 *
 * @throws GatewayError `IMAGES_INVALID` when nothing is left
 */
export async function cutOutPeople(
  labelled: readonly LabelledPicture[],
  finder: PeopleFinder | undefined,
  size: { readonly widthPixels: number; readonly heightPixels: number },
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (done: number) => void },
): Promise<PeoplePictures> {
  const kept: { readonly path: string; readonly picture: RgbImage; readonly has: readonly boolean[] }[] = [];
  const withoutPeople: string[] = [];
  const unreadable: string[] = [];
  for (const [index, { path, has }] of labelled.entries()) {
    if (signal.aborted) throw new GatewayError('CLOSED', 'stopped before all pictures were decoded');
    try {
      const picture = await decodeImage(await readFile(path), PEOPLE_PICTURE);
      const [person] = await findPeople(picture, finder, size, 1);
      if (person === undefined) withoutPeople.push(path);
      else kept.push({ path, picture: person.picture, has });
    } catch (error) {
      unreadable.push(`${path}: ${messageOf(error)}`);
    }
    onProgress((index + 1) / labelled.length);
  }
  if (kept.length === 0) {
    const why = unreadable[0] ?? 'nobody was found on any';
    throw new GatewayError('IMAGES_INVALID', `no picture can be used: ${why}`);
  }
  return {
    paths: kept.map(({ path }) => path),
    pictures: kept.map(({ picture }) => picture),
    targets: Float32Array.from(kept.flatMap(({ has }) => has.map(Number))),
    withoutPeople,
    unreadable,
  };
}
