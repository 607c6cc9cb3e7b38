import { basename } from 'node:path';
import { type Backbone, readBackbone } from '../backbones/backbone.js';
import { checkImages } from '../image-training/check-images.js';
import { evaluateImages } from '../image-training/evaluate-images.js';
import type { ImageMeasurement } from '../image-training/image-card.js';
import { readImageFolder } from '../image-training/image-folder.js';
import { decodeFolder, type ImageSet, imageSetOf } from '../image-training/image-set.js';
import { DEFAULT_VIEW_LIMITS } from '../image-training/image-views.js';
import { type TrainedImageModel, trainImageModel } from '../image-training/train-image-model.js';
import {
  type ImageModelDescription,
  imageManifestOf,
  writeImageModel,
} from '../image-training/write-image-model.js';
import { encodeModel } from '../onnx/encode-model.js';
import { readCard } from './card-text.js';
import type { CliContext } from './context.js';
import { modelNameOf } from './model-path.js';
import { createProgressLine, type ProgressLine } from './progress-line.js';

/** Options of `alongside train apparel`. */
export interface TrainApparelFlags {
  readonly data: string;
  readonly validation?: string;
  readonly backbone: string;
  readonly teacher: readonly string[];
  readonly out: string;
  readonly modelVersion?: string;
  readonly views: number;
  readonly fineTune: number;
  readonly cut?: string;
  readonly folds: number;
  readonly classWeights: 'none' | 'balanced';
  readonly threads: number;
  readonly seed: number;
  readonly card?: string;
  readonly json?: boolean;
}

/** Pictures are kept a little larger than the network takes them, so that crops lose nothing. */
const KEPT_SCALE = 8 / 7;

const DEFAULT_CARD = {
  summary: 'An image classifier trained by `alongside train apparel`.',
  licence: 'not stated; it depends on the images and the backbone',
  limits: [
    'Figures hold for images like those of the data: same cameras, same kind of background.',
    'It has an answer for everything: what is none of its labels gets one nevertheless.',
  ],
};

/** Trains, measures, writes the model folder, and reports. */
export async function trainApparel(context: CliContext, flags: TrainApparelFlags): Promise<void> {
  const startedMs = context.clock.nowMs();
  const name = modelNameOf(flags.out);
  const card = await readCard(flags, DEFAULT_CARD);
  const backbone = await readBackbone(flags.backbone);
  const teachers = await Promise.all(flags.teacher.map(readBackbone));
  const progress = createProgressLine(context);
  const { images, warnings } = await loadImages(context, flags, backbone, progress);
  for (const warning of warnings) context.note(`note: ${warning}`);
  context.note(`${images.labels.length} images of ${images.classes.length} classes; ${backbone.spec.name}`);
  const trained = await trainImageModel(
    {
      images,
      backbone,
      teachers,
      views: flags.views,
      limits: DEFAULT_VIEW_LIMITS,
      seed: flags.seed,
      threads: flags.threads,
      cut: flags.cut,
      epochs: flags.fineTune,
      folds: flags.folds,
      classWeighting: flags.classWeights,
    },
    { signal: context.signal, onProgress: (phase, done, detail) => progress.update(phase, done, detail) },
  );
  if (flags.fineTune > 0 && trained.cut === undefined) {
    context.note('note: fine-tuning did not pay on the images put aside; the backbone stays as it was');
  }
  const description = {
    name,
    version: flags.modelVersion ?? new Date(startedMs).toISOString().replaceAll(/[:.]/g, '-'),
    classes: images.classes,
    images: images.labels.length,
    backbone,
    text: { ...card, data: dataText(flags) },
    training: trainingText(flags, trained, teachers),
    trainedAt: new Date(startedMs).toISOString(),
    command: commandLine(flags),
  };
  const measurements = await measure(context, flags, trained, description, progress);
  await writeImageModel(flags.out, trained.model, description, measurements);
  report(context, flags, images, measurements, context.clock.nowMs() - startedMs);
}

async function loadImages(
  context: CliContext,
  flags: TrainApparelFlags,
  { spec }: Backbone,
  progress: ProgressLine,
): Promise<{ images: ImageSet; warnings: readonly string[] }> {
  const size = {
    widthPixels: Math.round(spec.widthPixels * KEPT_SCALE),
    heightPixels: Math.round(spec.heightPixels * KEPT_SCALE),
    resize: 'stretch',
  } as const;
  const listed = await readImageFolder(flags.data);
  const { folder, pictures, unreadable } = await decodeFolder(listed, size, context.signal, (done) =>
    progress.update('decoding', done),
  );
  const validation = flags.validation === undefined ? undefined : await readImageFolder(flags.validation);
  const { train, warnings } = checkImages(folder, validation);
  return {
    images: imageSetOf(folder.classes, train, pictures),
    warnings: [...unreadable.map((line) => `left out: ${line}`), ...warnings],
  };
}

/** What the folds said, and what the finished model says on the validation folder, prepared as for serving. */
async function measure(
  context: CliContext,
  flags: TrainApparelFlags,
  trained: TrainedImageModel,
  description: ImageModelDescription,
  progress: ProgressLine,
): Promise<ImageMeasurement[]> {
  const measurements: ImageMeasurement[] = [];
  if (flags.validation !== undefined) {
    const manifest = { ...imageManifestOf(description, []), sha256: '' };
    const folder = await readImageFolder(flags.validation);
    const { metrics } = await evaluateImages(manifest, encodeModel(trained.model), folder, {
      threads: flags.threads,
      signal: context.signal,
      onProgress: (done) => progress.update('validation', done),
    });
    measurements.push({
      name: 'validation',
      protocol: `validation folder (${basename(flags.validation)}), never trained on`,
      folds: [metrics],
    });
  }
  if (trained.folds.length > 0) {
    measurements.push({
      name: 'folds',
      protocol: `${trained.folds.length} folds of the training images, head on the frozen backbone`,
      folds: trained.folds,
    });
  }
  return measurements;
}

function dataText(flags: TrainApparelFlags): string {
  return `Images of the folder \`${basename(flags.data)}\`, one folder a class.`;
}

function trainingText(
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
    ...(cut === undefined || teachers.length === 0
      ? []
      : [
          `Teachers (their weights are no part of the model): ${teachers.map(({ spec }) => spec.name).join(', ')}; the network learned to foretell their features, and their out-of-fold guesses were part of the labels`,
        ]),
  ];
}

function commandLine(flags: TrainApparelFlags): string {
  const words = ['alongside train apparel', `--data ${basename(flags.data)}`];
  if (flags.validation !== undefined) words.push(`--validation ${basename(flags.validation)}`);
  words.push(`--backbone ${basename(flags.backbone)}`);
  words.push(...flags.teacher.map((teacher) => `--teacher ${basename(teacher)}`));
  words.push(`--out ${basename(flags.out)} --views ${flags.views}`);
  if (flags.fineTune > 0) words.push(`--fine-tune ${flags.fineTune}`);
  if (flags.cut !== undefined) words.push(`--cut ${flags.cut}`);
  words.push(`--folds ${flags.folds} --class-weights ${flags.classWeights} --seed ${flags.seed}`);
  return words.join(' ');
}

function report(
  context: CliContext,
  flags: TrainApparelFlags,
  images: ImageSet,
  measurements: readonly ImageMeasurement[],
  elapsedMs: number,
): void {
  for (const { protocol, folds } of measurements) {
    const mean = folds.reduce((sum, { accuracy }) => sum + accuracy, 0) / folds.length;
    context.note(`${protocol}: accuracy ${mean.toFixed(3)}`);
  }
  context.note(`${flags.out} written after ${(elapsedMs / 1000).toFixed(0)} s`);
  if (flags.json !== true) return;
  context.print(
    JSON.stringify({
      model: flags.out,
      images: images.labels.length,
      seconds: elapsedMs / 1000,
      measurements: Object.fromEntries(
        measurements.map(({ name, protocol, folds }) => [
          name,
          {
            protocol,
            folds: folds.map(({ accuracy, balancedAccuracy, macroF1, confusion }) => ({
              accuracy,
              balancedAccuracy,
              macroF1,
              confusion,
            })),
          },
        ]),
      ),
    }),
  );
}
