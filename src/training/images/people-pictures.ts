import { readFile } from 'node:fs/promises';
import { decodeImage } from '../../inference/images/decode-image.js';
import { findPeople, PEOPLE_PICTURE } from '../../inference/images/dressed-people.js';
import type { PeopleFinder } from '../../inference/images/people.js';
import type { RgbImage } from '../../inference/images/rgb-image.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import type { LabelledPicture } from './labelled-pictures.js';

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
