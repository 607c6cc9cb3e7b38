import { GatewayError } from '../../shared/errors.js';
import type { ImageFile, ImageFolder } from './image-folder.js';

/** Images of a class below which nothing is learned of it that holds for others. */
const FEW_IMAGES = 10;
const NAMES_SHOWN = 3;

/** Training and validation images that can be used together, and what was found on the way. */
export interface CheckedImages {
  readonly train: readonly ImageFile[];
  readonly validation: readonly ImageFile[];
  /** In words, for the person who trains. */
  readonly warnings: readonly string[];
}

/**
 * Looks whether folders of images can be trained on. Images that are there twice count once; those that are also in the
 * validation folder are left out of training, since the figures would flatter.
 *
 * @throws GatewayError `IMAGES_INVALID` with fewer than two classes, a class with fewer than two images, or classes in
 *   the validation folder that training does not have
 */
export function checkImages(train: ImageFolder, validation: ImageFolder | undefined): CheckedImages {
  checkClasses(train, validation);
  const held = validation === undefined ? [] : withoutRepeats(validation.files);
  const heldHashes = new Set(held.map(({ hash }) => hash));
  const distinct = withoutRepeats(train.files);
  const kept = distinct.filter(({ hash }) => !heldHashes.has(hash));
  const shared = distinct.filter(({ hash }) => heldHashes.has(hash));
  checkCounts(train, kept);
  return {
    train: kept,
    validation: validation === undefined ? [] : relabelled(held, validation, train),
    warnings: [
      ...repeats(train),
      ...(validation === undefined ? [] : repeats(validation)),
      ...(shared.length === 0
        ? []
        : [
            `${shared.length} images are in training and validation (same bytes), left out of training: ${shown(pathsOf(shared))}`,
          ]),
      ...contradictions(train),
      ...fewImages(train, kept),
      ...otherFiles(train),
    ],
  };
}

function checkClasses(train: ImageFolder, validation: ImageFolder | undefined): void {
  if (train.classes.length < 2) {
    throw new GatewayError(
      'IMAGES_INVALID',
      `${train.path} has ${train.classes.length} class folder; a classifier needs at least two`,
    );
  }
  const unknown = validation?.classes.filter((name) => !train.classes.includes(name)) ?? [];
  if (unknown.length > 0) {
    throw new GatewayError(
      'IMAGES_INVALID',
      `${validation?.path} has classes that ${train.path} lacks: ${unknown.join(', ')}`,
    );
  }
}

/** One image is not enough: it can be learned from or measured with, not both. */
function checkCounts(folder: ImageFolder, files: readonly ImageFile[]): void {
  const poor = countsOf(folder, files).filter(({ count }) => count < 2);
  if (poor.length === 0) return;
  const list = poor.map(({ name, count }) => `"${name}" has ${count}`).join(', ');
  throw new GatewayError(
    'IMAGES_INVALID',
    `every class needs at least two different images for training, but ${list}; add images or remove the folder`,
  );
}

function fewImages(folder: ImageFolder, files: readonly ImageFile[]): string[] {
  const few = countsOf(folder, files).filter(({ count }) => count < FEW_IMAGES);
  if (few.length === 0) return [];
  const list = few.map(({ name, count }) => `"${name}" ${count}`).join(', ');
  return [`classes with fewer than ${FEW_IMAGES} images will hardly be recognised: ${list}`];
}

function countsOf(folder: ImageFolder, files: readonly ImageFile[]): { name: string; count: number }[] {
  return folder.classes.map((name, label) => ({
    name,
    count: files.filter((file) => file.label === label).length,
  }));
}

function withoutRepeats(files: readonly ImageFile[]): ImageFile[] {
  const seen = new Set<string>();
  return files.filter(({ hash }) => {
    const isNew = !seen.has(hash);
    seen.add(hash);
    return isNew;
  });
}

function repeats(folder: ImageFolder): string[] {
  const extra = folder.files.length - withoutRepeats(folder.files).length;
  return extra === 0 ? [] : [`${folder.path}: ${extra} images are there more than once and count once`];
}

/** The same picture under two labels teaches nothing. */
function contradictions(folder: ImageFolder): string[] {
  const labels = new Map<string, number>();
  const contradicting = folder.files.filter(({ hash, label }) => {
    const first = labels.get(hash) ?? label;
    labels.set(hash, first);
    return first !== label;
  });
  if (contradicting.length === 0) return [];
  return [
    `${contradicting.length} images are in two classes, the first counts: ${shown(pathsOf(contradicting))}`,
  ];
}

function otherFiles({ path, otherFiles: count }: ImageFolder): string[] {
  return count === 0 ? [] : [`${path}: ${count} files are no JPEG, PNG or WebP by their names`];
}

function relabelled(files: readonly ImageFile[], from: ImageFolder, to: ImageFolder): readonly ImageFile[] {
  return files.map((file) => ({ ...file, label: to.classes.indexOf(from.classes[file.label] ?? '') }));
}

function pathsOf(files: readonly ImageFile[]): string[] {
  return files.map(({ path }) => path);
}

/** The first of some names, for messages. */
export function shown(names: readonly string[]): string {
  const some = names.slice(0, NAMES_SHOWN).join(', ');
  return names.length > NAMES_SHOWN ? `${some}, …` : some;
}
