import { basename } from 'node:path';
import type { Backbone } from '../../training/backbones/backbone.js';
import type { TrainedImageModel } from '../../training/images/train-image-model.js';
import type { ImageFolderFlags } from './image-folders.js';

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
