import { basename, dirname, join } from 'node:path';
import { refreshModelTable } from '../../inference/models/model-table.js';
import { type Backbone, readBackbone } from '../../training/backbones/backbone.js';
import { checkImages } from '../../training/images/check-images.js';
import { type ImageMeasurement, type WorstExample, withinWords } from '../../training/images/image-card.js';
import {
  decodeFolder,
  type ImageFolder,
  type ImageSet,
  imageSetOf,
} from '../../training/images/image-folder.js';
import { DEFAULT_VIEW_LIMITS } from '../../training/images/image-views.js';
import { trainImageModel } from '../../training/images/train-image-model.js';
import { type ImageModelDescription, writeImageModel } from '../../training/images/write-image-model.js';
import { type CliContext, createProgressLine, type ProgressLine } from '../context.js';
import {
  commandLine,
  dataText,
  groupsOf,
  readFolders,
  type TrainApparelFlags,
  trainingText,
} from './apparel-flags.js';
import { measureModel } from './apparel-measurements.js';
import { modelNameOf, readCard } from './model-flags.js';

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
  const groupOf = await groupsOf(flags);
  const { images, validation, warnings } = await loadImages(context, flags, backbone, progress);
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
      tunedFolds: flags.tunedFolds === true,
      refit: flags.refit === true,
      classWeighting: flags.classWeights,
    },
    { signal: context.signal, onProgress: (phase, done, detail) => progress.update(phase, done, detail) },
  );
  if (flags.fineTune > 0 && trained.cut === undefined) {
    context.note('note: fine-tuning was no better on the images put aside; the backbone stays as it was');
  }
  const description = {
    name,
    version: flags.modelVersion ?? new Date(startedMs).toISOString().replaceAll(/[:.]/g, '-'),
    classes: images.classes,
    images: images.labels.length,
    backbone,
    text: { ...card, data: card.data ?? dataText(flags) },
    training: trainingText(flags, trained, teachers),
    trainedAt: new Date(startedMs).toISOString(),
    command: commandLine(flags),
  };
  const { measurements, worst } = await measureModel(trained, description, images, validation, {
    threads: flags.threads,
    signal: context.signal,
    groupOf,
    validationText: validationText(flags),
    onProgress: (done) => progress.update('validation', done),
  });
  await writeImageModel(flags.out, trained.model, description, measurements);
  await refreshModelTable(dirname(flags.out));
  await writeReport(context, flags, description, measurements, worst);
  report(context, flags, images, measurements, context.clock.nowMs() - startedMs);
}

async function loadImages(
  context: CliContext,
  flags: TrainApparelFlags,
  { spec }: Backbone,
  progress: ProgressLine,
): Promise<{ images: ImageSet; validation: ImageFolder | undefined; warnings: readonly string[] }> {
  const size = {
    widthPixels: Math.round(spec.widthPixels * KEPT_SCALE),
    heightPixels: Math.round(spec.heightPixels * KEPT_SCALE),
    resize: 'stretch',
  } as const;
  const { train: listed, validation, warnings: left } = await readFolders(flags);
  const { folder, pictures, unreadable } = await decodeFolder(listed, size, context.signal, (done) =>
    progress.update('decoding', done),
  );
  const { train, warnings } = checkImages(folder, validation);
  return {
    images: imageSetOf(folder.classes, train, pictures),
    validation,
    warnings: [...left, ...unreadable.map((line) => `left out: ${line}`), ...warnings],
  };
}

function validationText({ validation, split, data }: TrainApparelFlags): string {
  if (split !== undefined) return `validation images by ${basename(split)}, never trained on`;
  return `validation folder (${basename(validation ?? data)}), never trained on`;
}

async function writeReport(
  context: CliContext,
  flags: TrainApparelFlags,
  { name, version, text, training }: ImageModelDescription,
  measurements: readonly ImageMeasurement[],
  worst: readonly WorstExample[],
): Promise<void> {
  const folder = flags.report ?? flags.out;
  // Charts take long to load; nothing else of the command line needs them.
  const { writeImageReport } = await import('../../training/images/image-report.js');
  const { summary } = text;
  await writeImageReport(folder, { name, version, summary, training, measurements, worst });
  context.note(`report: ${join(folder, 'report.html')}`);
}

function report(
  context: CliContext,
  flags: TrainApparelFlags,
  images: ImageSet,
  measurements: readonly ImageMeasurement[],
  elapsedMs: number,
): void {
  for (const { protocol, folds, topThree = 0, within = {} } of measurements) {
    const mean = folds.reduce((sum, { accuracy }) => sum + accuracy, 0) / folds.length;
    const figures = [`accuracy ${mean.toFixed(3)}`, `among the first three ${topThree.toFixed(3)}`];
    context.note(`${protocol}: ${[...figures, ...withinWords(within)].join(', ')}`);
  }
  context.note(`${flags.out} written after ${(elapsedMs / 1000).toFixed(0)} s`);
  if (flags.json !== true) return;
  context.print(
    JSON.stringify({
      model: flags.out,
      images: images.labels.length,
      seconds: elapsedMs / 1000,
      measurements: Object.fromEntries(
        measurements.map(({ name, protocol, folds, topThree, within, foldSeconds }) => [
          name,
          {
            protocol,
            topThree,
            within,
            foldSeconds,
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
