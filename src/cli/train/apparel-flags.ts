import { basename } from 'node:path';
import { GatewayError } from '../../shared/errors.js';
import type { Backbone } from '../../training/backbones/backbone.js';
import { type ImageFolder, readImageFolder } from '../../training/images/image-folder.js';
import { type ImageColumn, readImageColumn, splitFolders } from '../../training/images/image-table.js';
import type { TrainedImageModel } from '../../training/images/train-image-model.js';

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

/** Options of `alongside train apparel`. */
export interface TrainApparelFlags extends ImageFolderFlags {
  readonly multiLabel?: boolean;
  readonly people?: string;
  readonly backbone: string;
  readonly teacher: readonly string[];
  readonly out: string;
  readonly modelVersion?: string;
  readonly views: number;
  readonly fineTune: number;
  readonly cut?: string;
  readonly folds: number;
  readonly tunedFolds?: boolean;
  readonly refit?: boolean;
  readonly classWeights: 'none' | 'balanced';
  readonly threads: number;
  readonly seed: number;
  readonly card?: string;
  readonly report?: string;
  readonly json?: boolean;
}

/** Where the data comes from, in words. */
export function dataText(flags: TrainApparelFlags): string {
  return `Images of the folder \`${basename(flags.data)}\`, one folder a class.`;
}

/** What was done, one a line. */
export function trainingText(
  flags: TrainApparelFlags,
  { headSteps, cut, heldOut }: TrainedImageModel,
  teachers: readonly Backbone[],
): string[] {
  return [
    `Softmax head on frozen features of ${flags.views} views of every image (as it is, mirrored, random crops in random light); class weights: ${flags.classWeights}; early stopping on a tenth of the training images after ${headSteps} steps`,
    ...(heldOut.tuned === undefined
      ? []
      : [
          `On the images put aside: head alone ${heldOut.head.accuracy.toFixed(3)}, after fine-tuning ${heldOut.tuned.accuracy.toFixed(3)}`,
        ]),
    ...(cut === undefined
      ? []
      : [
          `Then ${flags.fineTune} epochs of fine-tuning of the blocks above \`${cut}\` and the head, with mixup and averaged weights`,
        ]),
    ...(cut === undefined || flags.refit !== true
      ? []
      : ['Since that was better, it was done once more on all training images, those put aside included']),
    ...(cut === undefined || teachers.length === 0
      ? []
      : [
          `Teachers (their weights are no part of the model): ${teachers.map(({ spec }) => spec.name).join(', ')}; the network learned to predict their features, and their out-of-fold guesses were part of the labels`,
        ]),
  ];
}

/** The command line that trains the model again, without the paths of this machine. */
export function commandLine(flags: TrainApparelFlags): string {
  const words = ['alongside train apparel', `--data ${basename(flags.data)}`];
  if (flags.multiLabel === true) words.push('--multi-label');
  if (flags.people !== undefined) words.push(`--people ${basename(flags.people)}`);
  if (flags.validation !== undefined) words.push(`--validation ${basename(flags.validation)}`);
  if (flags.split !== undefined) words.push(`--split ${basename(flags.split)}`);
  words.push(`--backbone ${basename(flags.backbone)}`);
  words.push(...flags.teacher.map((teacher) => `--teacher ${basename(teacher)}`));
  words.push(`--out ${basename(flags.out)} --views ${flags.views}`);
  if (flags.fineTune > 0) words.push(`--fine-tune ${flags.fineTune}`);
  if (flags.cut !== undefined) words.push(`--cut ${flags.cut}`);
  words.push(`--folds ${flags.folds} --class-weights ${flags.classWeights} --seed ${flags.seed}`);
  if (flags.tunedFolds === true) words.push('--tuned-folds');
  if (flags.refit === true) words.push('--refit');
  return words.join(' ');
}
