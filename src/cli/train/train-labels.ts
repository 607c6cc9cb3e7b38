import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createPeopleFinder } from '../../inference/images/people.js';
import { PEOPLE_FILE } from '../../inference/models/manifest.js';
import { refreshModelTable } from '../../inference/models/model-table.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { type Backbone, readBackbone } from '../../training/backbones/backbone.js';
import { withBodyRegions } from '../../training/images/body-regions.js';
import {
  cutOutPeople,
  type PeoplePictures,
  readLabelledPictures,
  requireLearnable,
} from '../../training/images/labelled-pictures.js';
import { NEIGHBOURS, trainLabelModel } from '../../training/images/train-label-model.js';
import { metricsSentence, writeLabelModel } from '../../training/images/write-label-model.js';
import { type CliContext, createProgressLine } from '../context.js';
import { commandLine, type TrainApparelFlags } from './apparel-flags.js';
import { modelNameOf, readCard } from './model-flags.js';

/** Pictures are kept a little larger than the network takes them, so that crops lose nothing. */
const KEPT_SCALE = 8 / 7;
/** A person fills a view: crops that leave much away would lose whole garments. */
const VIEW_LIMITS = { minArea: 0.7, maxStretch: 1.25, light: 0.3 };
const DEFAULT_FOLDS = 5;

const DEFAULT_CARD = {
  summary: 'A model that tells several labels a picture, trained by `alongside train apparel --multi-label`.',
  licence: 'not stated; it depends on the pictures and the backbone',
  limits: [
    'Figures hold for pictures like those of the data: same cameras, same kind of people and surroundings.',
    'It says nothing about people, and must not be used to judge them.',
  ],
};

/** Trains a model on `labels.csv`, measures it, and writes the model folder. */
export async function trainLabels(context: CliContext, flags: TrainApparelFlags): Promise<void> {
  const startedMs = context.clock.nowMs();
  const name = modelNameOf(flags.out);
  const labelled = await readLabelledPictures(flags.data);
  requireLearnable(labelled);
  const card = await readCard(flags, DEFAULT_CARD);
  const backbone = await readPeopleBackbone(flags.backbone);
  const people = flags.people === undefined ? undefined : await readPeopleFile(flags.people);
  const { labels, pictures, otherColumns } = labelled;
  if (otherColumns.length > 0)
    context.note(`note: columns without 0 and 1 are left aside: ${otherColumns.join(', ')}`);
  context.note(`${pictures.length} pictures, ${labels.length} labels; ${backbone.spec.name}`);
  const progress = createProgressLine(context);
  const cut = await cutOut(context, pictures, people, backbone, (done) =>
    progress.update('finding people', done),
  );
  requireLearnable({
    ...labelled,
    pictures: cut.paths.map((path, row) => ({ path, has: rowOf(cut, labels.length, row) })),
  });
  const trained = await trainLabelModel(
    {
      backbone,
      labels,
      targets: cut.targets,
      limits: VIEW_LIMITS,
      images: { classes: labels, paths: cut.paths, labels: cut.paths.map(() => 0), pictures: cut.pictures },
      views: flags.views,
      seed: flags.seed,
      threads: flags.threads,
      cut: flags.cut,
      epochs: flags.fineTune,
      folds: flags.folds === 0 ? DEFAULT_FOLDS : flags.folds,
      refit: flags.refit === true,
    },
    { signal: context.signal, onProgress: (phase, done, detail) => progress.update(phase, done, detail) },
  );
  await writeLabelModel(flags.out, trained, {
    name,
    labels,
    people,
    images: cut.paths.length,
    backbone: backbone.spec,
    version: flags.modelVersion ?? new Date(startedMs).toISOString().replaceAll(/[:.]/g, '-'),
    text: {
      ...card,
      data: card.data ?? `Pictures of the folder \`${basename(flags.data)}\` with their labels.csv.`,
    },
    training: trainingText(flags, trained.cut),
    trainedAt: new Date(startedMs).toISOString(),
    command: commandLine(flags),
  });
  await refreshModelTable(dirname(flags.out));
  const { metrics, protocol } = trained;
  context.note(`${protocol}: ${metricsSentence(metrics)}`);
  const seconds = (context.clock.nowMs() - startedMs) / 1000;
  context.note(`${flags.out} written after ${seconds.toFixed(0)} s`);
  if (flags.json === true)
    context.print(JSON.stringify({ model: flags.out, images: cut.paths.length, seconds, protocol, metrics }));
}

async function readPeopleBackbone(folder: string): Promise<Backbone> {
  const backbone = withBodyRegions(await readBackbone(folder));
  if (backbone !== undefined) return backbone;
  throw new GatewayError(
    'MODEL_INVALID',
    `${folder}: its features are no mean over the picture, which looking at parts of people needs`,
  );
}

async function readPeopleFile(folder: string): Promise<Uint8Array> {
  const file = join(folder, PEOPLE_FILE);
  try {
    return await readFile(file);
  } catch (error) {
    throw new GatewayError('MODEL_INVALID', `--people: ${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function cutOut(
  context: CliContext,
  pictures: Parameters<typeof cutOutPeople>[0],
  people: Uint8Array | undefined,
  { spec }: Backbone,
  onProgress: (done: number) => void,
): Promise<PeoplePictures> {
  await using finder = people === undefined ? undefined : await createPeopleFinder(people);
  const size = {
    widthPixels: Math.round(spec.widthPixels * KEPT_SCALE),
    heightPixels: Math.round(spec.heightPixels * KEPT_SCALE),
  };
  const cut = await cutOutPeople(pictures, finder, size, { signal: context.signal, onProgress });
  for (const line of cut.unreadable) context.note(`left out: ${line}`);
  if (cut.withoutPeople.length > 0) {
    context.note(`left out: ${cut.withoutPeople.length} pictures on which nobody was found`);
  }
  return cut;
}

function rowOf({ targets }: PeoplePictures, labels: number, row: number): boolean[] {
  return Array.from(targets.subarray(row * labels, (row + 1) * labels), (value) => value === 1);
}

function trainingText(flags: TrainApparelFlags, cut: string | undefined): string[] {
  return [
    `A sigmoid a label, with a ridge, on the means of two maps of the network over regions of a standing person (all, head, chest, hips, legs), ${flags.views} views of every picture`,
    ...(cut === undefined
      ? ['The backbone stayed as it is']
      : [
          `${flags.fineTune} epochs of fine-tuning of the blocks above \`${cut}\` and the head, with mixup and averaged weights`,
        ]),
    ...(cut !== undefined && flags.refit === true
      ? ['Once more on all pictures, those of the measurement included']
      : []),
    `Folds are of ${NEIGHBOURS} neighbouring lines of labels.csv: what was photographed on one occasion stays on one side`,
  ];
}
