import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Region } from '../../domain/image.js';
import { GatewayError } from '../../shared/errors.js';
import { type ImageManifest, PEOPLE_FILE } from '../models/manifest.js';
import { sha256Of } from '../models/model-folder.js';
import { cropPicture, type RgbImage, writeTensor } from './rgb-image.js';

/** How the network wants its pictures: RGB from -1 to 1, people upright, the shorter side filled up with grey. */
const FINDER = {
  sizePixels: 300,
  format: { layout: 'nchw', channelOrder: 'rgb', mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
} as const;

/** From here on a box is a person: of street photographs with one person 1 % are missed. */
const MIN_SCORE = 0.3;
/** Two boxes that share more than this of their joint area are of one person. */
const MAX_OVERLAP = 0.5;
/** A box that lies to this share in a larger one is a part of that person. */
const MAX_INSIDE = 0.8;
/** Room around a person, as share of the box: hats and shoes are often cut off by it. */
const MARGIN = { across: 0.15, down: 0.08 } as const;
/** Who is so near an edge of the picture, as share of it, goes on beyond it. */
const AT_EDGE = 0.03;

/** Where a person is in a picture, and how sure that is, 0..1. */
export interface Person extends Region {
  readonly score: number;
}

/** Says where people are in pictures. */
export interface PeopleFinder extends AsyncDisposable {
  /** The people of a picture, the surest first. */
  find(picture: RgbImage): Promise<Person[]>;
}

/**
 * Loads a network that finds people.
 *
 * @throws GatewayError `MODEL_INVALID` when ONNX Runtime does not take it
 */
export async function createPeopleFinder(model: Uint8Array, threads = 1): Promise<PeopleFinder> {
  // Loaded here: a gateway has the engine in its worker threads, and in the main thread only where people are looked for.
  const [{ Tensor }, { openOnnxSession }] = await Promise.all([
    import('onnxruntime-node'),
    import('../onnx-session.js'),
  ]);
  const session = await openOnnxSession(model, PEOPLE_FILE, threads);
  return {
    find: async (picture) => {
      const square = squareOf(picture);
      const { sizePixels, format } = FINDER;
      const values = new Float32Array(sizePixels * sizePixels * 3);
      const seen = cropPicture(picture, square, sizePixels, sizePixels);
      writeTensor(seen, { ...format, mean: [...format.mean], std: [...format.std] }, values, 0);
      const { scores, boxes } = await session.run({
        image: new Tensor('float32', values, [1, 3, sizePixels, sizePixels]),
      });
      if (!(scores?.data instanceof Float32Array) || !(boxes?.data instanceof Float32Array)) {
        throw new GatewayError('MODEL_RUN_FAILED', `${PEOPLE_FILE} gave no float32 "scores" and "boxes"`);
      }
      return peopleOf(scores.data, boxes.data).map((person) => ({ ...person, ...within(square, person) }));
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

/**
 * Loads the network that a model's folder has for finding people.
 *
 * @param onMissing is given the words to say when the manifest names one that is not there
 * @returns `undefined` where there is none: the model then sees pictures as a whole
 * @throws GatewayError `MODEL_INVALID` when it is another file than the manifest says, or ONNX Runtime does not take it
 */
export async function openFinderOf(
  folder: string,
  { name, people }: Pick<ImageManifest, 'name' | 'people'>,
  onMissing: (words: string) => void,
): Promise<PeopleFinder | undefined> {
  if (people === undefined) return undefined;
  const path = join(folder, people.file);
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) {
    onMissing(
      `${path} is missing: ${name} looks at pictures as a whole, upper and lower half, not at each person`,
    );
    return undefined;
  }
  if (sha256Of(bytes) === people.sha256) return await createPeopleFinder(bytes);
  throw new GatewayError(
    'MODEL_INVALID',
    `${path}: its SHA-256 is another than manifest.json says; restore the file`,
  );
}

/** What is left of a network's boxes, in its own square, when each person has one. */
export function peopleOf(scores: Float32Array, boxes: Float32Array): Person[] {
  const candidates = [...scores.keys()]
    .filter((index) => (scores[index] ?? 0) >= MIN_SCORE)
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
    .map((index): Person => {
      const [top = 0, left = 0, bottom = 0, right = 0] = boxes.subarray(index * 4, index * 4 + 4);
      return { left, top, right, bottom, score: scores[index] ?? 0 };
    });
  const people: Person[] = [];
  for (const candidate of candidates) {
    if (!people.some((person) => isSame(person, candidate))) people.push(candidate);
  }
  return people;
}

/** What a model is to see of a person: all of it with a margin, in the proportions that the model takes. */
export function personRegion(person: Region, picture: RgbImage, widthToHeight: number): Region {
  const centre = (person.left + person.right) / 2;
  const wide = (person.right - person.left) * (1 + MARGIN.across) * picture.widthPixels;
  const high = (person.bottom - person.top) * (1 + MARGIN.down) * picture.heightPixels;
  const halfWidth = Math.max(wide, high * widthToHeight) / 2 / picture.widthPixels;
  const halfHeight = Math.max(high, wide / widthToHeight) / 2 / picture.heightPixels;
  const top = topOf(person, 2 * halfHeight);
  return { left: centre - halfWidth, right: centre + halfWidth, top, bottom: top + 2 * halfHeight };
}

/** Where a region begins that is higher than the person: who is cut off by one edge is missing there, and nowhere else. */
function topOf({ top, bottom }: Region, height: number): number {
  const margin = (MARGIN.down / 2) * (bottom - top);
  const [isCutAbove, isCutBelow] = [top < AT_EDGE, bottom > 1 - AT_EDGE];
  if (isCutAbove === isCutBelow) return (top + bottom - height) / 2;
  return isCutBelow ? top - margin : bottom + margin - height;
}

/** The square around a picture, in shares of the picture. */
function squareOf({ widthPixels, heightPixels }: RgbImage): Region {
  const side = Math.max(widthPixels, heightPixels);
  const [beside, above] = [(side / widthPixels - 1) / 2, (side / heightPixels - 1) / 2];
  return { left: -beside, right: 1 + beside, top: -above, bottom: 1 + above };
}

/** A region of a region, in shares of the picture that the outer one is a region of. */
function within(outer: Region, inner: Region): Region {
  const x = (share: number): number => outer.left + share * (outer.right - outer.left);
  const y = (share: number): number => outer.top + share * (outer.bottom - outer.top);
  const inside = (share: number): number => Math.min(1, Math.max(0, share));
  return {
    left: inside(x(inner.left)),
    right: inside(x(inner.right)),
    top: inside(y(inner.top)),
    bottom: inside(y(inner.bottom)),
  };
}

function isSame(a: Region, b: Region): boolean {
  const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (across <= 0 || down <= 0) return false;
  const shared = across * down;
  const smaller = Math.min(areaOf(a), areaOf(b));
  return shared / (areaOf(a) + areaOf(b) - shared) > MAX_OVERLAP || shared / smaller > MAX_INSIDE;
}

function areaOf({ left, top, right, bottom }: Region): number {
  return (right - left) * (bottom - top);
}

interface OpenFinder {
  readonly manifest: ImageManifest;
  readonly finder: Promise<PeopleFinder | undefined>;
}

/** The networks that find people, one a model, each loaded when it is first needed. */
export class Finders implements AsyncDisposable {
  readonly #modelsFolder: string;
  readonly #onMissing: (words: string) => void;
  readonly #open = new Map<string, OpenFinder>();

  /** @param onMissing is given words to say, once a version of a model, when the file of its network is missing */
  constructor(modelsFolder: string, onMissing: (words: string) => void) {
    this.#modelsFolder = modelsFolder;
    this.#onMissing = onMissing;
  }

  /**
   * @returns `undefined` when the model has none, or its file is missing
   * @throws GatewayError `MODEL_INVALID` when the file is another than the manifest says
   */
  of(manifest: ImageManifest): Promise<PeopleFinder | undefined> {
    const open = this.#open.get(manifest.name);
    if (open?.manifest === manifest) return open.finder;
    const finder = openFinderOf(join(this.#modelsFolder, manifest.name), manifest, this.#onMissing);
    this.#open.set(manifest.name, { manifest, finder });
    void close(open);
    return finder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open.values()].map(close));
    this.#open.clear();
  }
}

/** One that could not be opened is nothing to close: the caller that asked for it was told. */
async function close(open: OpenFinder | undefined): Promise<void> {
  const finder = await open?.finder.catch(() => undefined);
  await finder?.[Symbol.asyncDispose]();
}
