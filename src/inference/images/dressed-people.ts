import type { DressedPerson, ImageLabel, Region, WornPart } from '../../domain/image.js';
import type { ImageManifest } from '../models/manifest.js';
import { toLabels, toUnitLength } from './image-labels.js';
import { type PeopleFinder, type Person, personRegion } from './people.js';
import { cropPicture, type RgbImage, WHOLE_PICTURE, writeTensor } from './rgb-image.js';

/** Pictures in which people are looked for are decoded no larger: a person on one has more pixels than models take. */
export const PEOPLE_PICTURE = { widthPixels: 960, heightPixels: 960, resize: 'within' } as const;

const DEFAULT_THRESHOLD = 0.5;

/** How a picture's people are labelled. */
export interface DressingOptions {
  readonly manifest: ImageManifest;
  /** Without one the whole picture is taken for a person: the model looks at its upper and its lower half. */
  readonly finder: Pick<PeopleFinder, 'find'> | undefined;
  readonly maxPeople: number;
  /** Probabilities from which on labels are told, in place of those of the manifest. */
  readonly thresholds?: Readonly<Record<string, number>> | undefined;
  /** Runs the model on what is written. */
  readonly run: (
    write: (target: Float32Array, offset: number) => void,
  ) => Promise<Readonly<Record<string, Float32Array>>>;
}

/** What a model says of the people of a picture. */
interface DressedPicture {
  readonly people: readonly DressedPerson[];
  /** Every label with the probability of the likeliest wearer, the most probable first; without people none. */
  readonly labels: readonly ImageLabel[];
}

/** The people of a picture, the surest first, as pictures of one person each. */
export async function findPeople(
  picture: RgbImage,
  finder: Pick<PeopleFinder, 'find'> | undefined,
  { widthPixels, heightPixels }: Pick<ImageManifest, 'widthPixels' | 'heightPixels'>,
  maxPeople: number,
): Promise<{ readonly person: Person; readonly picture: RgbImage }[]> {
  const found = finder === undefined ? [{ ...WHOLE_PICTURE, score: 1 }] : await finder.find(picture);
  return found.slice(0, maxPeople).map((person) => {
    const region = finder === undefined ? person : personRegion(person, picture, widthPixels / heightPixels);
    return { person, picture: cropPicture(picture, region, widthPixels, heightPixels) };
  });
}

/** Labels each person of a picture. */
export async function dressPeople(picture: RgbImage, options: DressingOptions): Promise<DressedPicture> {
  const { manifest, finder, maxPeople, thresholds = {}, run } = options;
  const people = await findPeople(picture, finder, manifest, maxPeople);
  const answers = await Promise.all(
    people.map(async ({ person, picture: own }) => {
      const outputs = await run((target, offset) => writeTensor(own, manifest, target, offset));
      const labels = toLabels(outputs[manifest.output] ?? new Float32Array(), manifest);
      const features = manifest.feature === undefined ? undefined : outputs[manifest.feature];
      const { left, top, right, bottom } = person;
      return { box: { left, top, right, bottom }, labels, embedding: features && toUnitLength(features) };
    }),
  );
  return {
    people: answers.map((answer) => ({ ...answer, labels: toldOf(answer.labels, manifest, thresholds) })),
    labels: likeliest(answers.map(({ labels }) => labels)),
  };
}

/** The labels that count as told. */
function toldOf(
  labels: readonly ImageLabel[],
  { classes, thresholds: learnt }: ImageManifest,
  thresholds: Readonly<Record<string, number>>,
): ImageLabel[] {
  return labels.filter(({ label, probability }) => {
    return probability >= (thresholds[label] ?? learnt?.[classes.indexOf(label)] ?? DEFAULT_THRESHOLD);
  });
}

function likeliest(answers: readonly (readonly ImageLabel[])[]): ImageLabel[] {
  const best = new Map<string, number>();
  for (const { label, probability } of answers.flat()) {
    best.set(label, Math.max(probability, best.get(label) ?? 0));
  }
  return [...best]
    .map(([label, probability]) => ({ label, probability }))
    .sort((a, b) => b.probability - a.probability);
}

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
