import type { Region, WornPart } from '../../domain/image.js';
import type { ImageManifest } from '../models/manifest.js';
import { cropPicture } from './crop-picture.js';
import { toUnitLength } from './image-labels.js';
import { type RgbImage, writeTensor } from './rgb-image.js';

/** Where garments are worn, as shares of a person from the head (0) to the feet (1). */
const PARTS = { upper: [0.08, 0.58], lower: [0.42, 1] } as const;

/** Who is hardly taller than wide was cut off above the legs. */
const STANDS_FROM = 1.5;

/** The parts of a person that may be looked for in a catalogue of single garments. */
export function partsOf(person: Region, picture: RgbImage): Pick<WornPart, 'part' | 'box'>[] {
  const { left, right, top, bottom } = person;
  const [across, down] = [right - left, bottom - top];
  const tallness = (down * picture.heightPixels) / (across * picture.widthPixels);
  if (tallness < STANDS_FROM) return [{ part: 'upper', box: { left, top, right, bottom } }];
  return (['upper', 'lower'] as const).map((part) => {
    const [from, to] = PARTS[part];
    return { part, box: { left, right, top: top + from * down, bottom: top + to * down } };
  });
}

/**
 * What a model of single garments makes of a part of a person.
 *
 * @param run runs the model on what is written
 */
export async function embedPart(
  picture: RgbImage,
  { part, box }: Pick<WornPart, 'part' | 'box'>,
  manifest: ImageManifest,
  run: (
    write: (target: Float32Array, offset: number) => void,
  ) => Promise<Readonly<Record<string, Float32Array>>>,
): Promise<WornPart> {
  const own = cropPicture(picture, box, manifest.widthPixels, manifest.heightPixels);
  const outputs = await run((target, offset) => writeTensor(own, manifest, target, offset));
  return { part, box, embedding: toUnitLength(outputs[manifest.feature ?? ''] ?? new Float32Array()) };
}
