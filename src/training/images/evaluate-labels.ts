import { readFile } from 'node:fs/promises';
import { decodeImage } from '../../inference/images/decode-image.js';
import { type DressingOptions, dressPeople, PEOPLE_PICTURE } from '../../inference/images/dressed-people.js';
import type { PeopleFinder } from '../../inference/images/people.js';
import type { ImageManifest } from '../../inference/models/manifest.js';
import { itemLengthOf, planTensors } from '../../inference/tensor-plan.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { type OpenImageModel, openImageModel } from './evaluate-images.js';
import { type LabelMetrics, scoreLabels } from './label-metrics.js';
import type { LabelledPictures } from './labelled-pictures.js';

export interface LabelEvaluation {
  readonly metrics: LabelMetrics;
  /** Pictures on which nobody was found; they count as having no labels told. */
  readonly withoutPeople: number;
  /** What could not be decoded and why, in words. */
  readonly unreadable: readonly string[];
  /** Labels of `labels.csv` that the model does not know. */
  readonly unknownLabels: readonly string[];
}

/** People of a picture that are looked at. */
const MAX_PEOPLE = 8;

/**
 * Scores an image model on pictures with several labels each, prepared as for serving: of several people the likeliest
 * wearer counts.
 *
 * @throws GatewayError `IMAGES_INVALID` when the model knows none of the labels, or no picture can be decoded
 */
export async function evaluateLabels(
  manifest: ImageManifest,
  model: Uint8Array,
  finder: PeopleFinder | undefined,
  labelled: LabelledPictures,
  options: {
    readonly threads: number;
    readonly signal: AbortSignal;
    readonly onProgress: (done: number) => void;
  },
): Promise<LabelEvaluation> {
  const labels = manifest.classes.filter((label) => labelled.labels.includes(label));
  if (labels.length === 0) {
    throw new GatewayError(
      'IMAGES_INVALID',
      `${labelled.folder}: none of its labels is one of ${manifest.name}, whose labels are ${manifest.classes.join(', ')}`,
    );
  }
  await using opened = await openImageModel(manifest, model, options.threads);
  const dressing = { manifest, finder, maxPeople: MAX_PEOPLE, run: runnerOf(opened, manifest) };
  const truth: number[] = [];
  const probabilities: number[] = [];
  const unreadable: string[] = [];
  let withoutPeople = 0;
  for (const [index, { path, has }] of labelled.pictures.entries()) {
    if (options.signal.aborted) throw new GatewayError('CLOSED', 'stopped before all images were evaluated');
    const told = await toldOf(path, dressing).catch((error: unknown) => {
      unreadable.push(`${path}: ${messageOf(error)}`);
      return undefined;
    });
    options.onProgress((index + 1) / labelled.pictures.length);
    if (told === undefined) continue;
    if (told.size === 0) withoutPeople += 1;
    truth.push(...labels.map((label) => Number(has[labelled.labels.indexOf(label)])));
    probabilities.push(...labels.map((label) => told.get(label) ?? 0));
  }
  if (truth.length === 0) {
    throw new GatewayError(
      'IMAGES_INVALID',
      `no picture of ${labelled.folder} can be decoded: ${unreadable[0]}`,
    );
  }
  const thresholds = labels.map((label) => manifest.thresholds?.[manifest.classes.indexOf(label)] ?? 0.5);
  return {
    metrics: scoreLabels(labels, truth, probabilities, thresholds),
    withoutPeople,
    unreadable,
    unknownLabels: labelled.labels.filter((label) => !labels.includes(label)),
  };
}

async function toldOf(path: string, dressing: DressingOptions): Promise<ReadonlyMap<string, number>> {
  const picture = await decodeImage(await readFile(path), PEOPLE_PICTURE);
  const { labels } = await dressPeople(picture, dressing);
  return new Map(labels.map(({ label, probability }) => [label, probability]));
}

function runnerOf(opened: OpenImageModel, manifest: ImageManifest): DressingOptions['run'] {
  const values = itemLengthOf(planTensors(manifest));
  return async (write) => {
    const picture = new Float32Array(values);
    write(picture, 0);
    return { [manifest.output]: await opened.run(picture, 1) };
  };
}
