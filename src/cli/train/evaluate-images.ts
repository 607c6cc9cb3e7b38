import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openFinderOf } from '../../inference/images/people.js';
import type { ImageManifest } from '../../inference/models/manifest.js';
import type { ModelFolder } from '../../inference/models/model-folder.js';
import { GatewayError } from '../../shared/errors.js';
import { evaluateImages, type ImageEvaluation } from '../../training/images/evaluate-images.js';
import { evaluateLabels } from '../../training/images/evaluate-labels.js';
import { type GuessFigures, guessFigures } from '../../training/images/image-card.js';
import { type ImageFolder, readImageFolder } from '../../training/images/image-folder.js';
import { joinFolders, partOfFolder, readImageColumn } from '../../training/images/image-table.js';
import { hasLabelsFile, readLabelledPictures } from '../../training/images/labelled-pictures.js';
import { metricsSentence } from '../../training/images/write-label-model.js';
import { type CliContext, createProgressLine } from '../context.js';
import { groupsOf, type ImageFolderFlags, refuseImageFlags } from './apparel-flags.js';

/** The one target of an image model. */
const TARGET = 'label';

interface EvaluateImagesFlags extends ImageFolderFlags {
  readonly json?: boolean;
}

/** `alongside evaluate` for image models: how good one is on a folder of images sorted by class. */
export async function evaluateImageModel(
  context: CliContext,
  flags: EvaluateImagesFlags,
  folder: ModelFolder,
  manifest: ImageManifest,
): Promise<void> {
  const model = folder.files.get(manifest.file);
  if (model === undefined) {
    throw new GatewayError('MODEL_INVALID', `${join(folder.path, manifest.file)} is missing`);
  }
  if (await hasLabelsFile(flags.data)) {
    refuseImageFlags(flags, `${flags.data} has labels.csv, and is scored whole`);
    await evaluateOnLabels(context, flags, folder, manifest, model);
    return;
  }
  const progress = createProgressLine(context);
  const groupOf = await groupsOf(flags);
  const images = await readScored(flags);
  const evaluation = await evaluateImages(manifest, model, images, {
    threads: availableParallelism(),
    signal: context.signal,
    onProgress: (done) => progress.update('evaluating', done),
  });
  for (const line of evaluation.unreadable) context.note(`left out: ${line}`);
  const { files, metrics, probabilities } = evaluation;
  const truth = files.map(({ label }) => metrics.classes.indexOf(images.classes[label] ?? ''));
  const figures = guessFigures(
    truth,
    probabilities,
    files.map(({ path }) => groupOf(path)),
  );
  if (flags.json === true) context.print(JSON.stringify(toJson(evaluation, figures)));
  else for (const line of linesOf(evaluation, figures)) context.print(line);
}

/** Images to score: all of the folder, or those that the split calls validation. */
async function readScored({ data, validation, split }: EvaluateImagesFlags): Promise<ImageFolder> {
  if (split === undefined && validation !== undefined) {
    throw new GatewayError('USAGE', '--validation: needs --split, which says which of its images to score');
  }
  const folder = await readImageFolder(data);
  if (split === undefined) return folder;
  const other = validation === undefined ? undefined : await readImageFolder(validation);
  return partOfFolder(joinFolders(folder, other), 'validation', await readImageColumn(split, 'split'));
}

/** The one target of a model that tells several labels a picture. */
const LABELS_TARGET = 'garments';

async function evaluateOnLabels(
  context: CliContext,
  flags: EvaluateImagesFlags,
  folder: ModelFolder,
  manifest: ImageManifest,
  model: Uint8Array,
): Promise<void> {
  const labelled = await readLabelledPictures(flags.data);
  const progress = createProgressLine(context);
  await using finder = await openFinderOf(folder.path, manifest, context.note);
  const evaluation = await evaluateLabels(manifest, model, finder, labelled, {
    threads: availableParallelism(),
    signal: context.signal,
    onProgress: (done) => progress.update('evaluating', done),
  });
  const { metrics, withoutPeople, unreadable, unknownLabels } = evaluation;
  for (const line of unreadable) context.note(`left out: ${line}`);
  if (unknownLabels.length > 0) {
    context.note(`note: ${manifest.name} does not know ${unknownLabels.join(', ')}`);
  }
  if (withoutPeople > 0) context.note(`note: nobody was found on ${withoutPeople} pictures`);
  if (flags.json === true) {
    const { images, byLabel, ...figures } = metrics;
    const named = Object.fromEntries(byLabel.map(({ label, ...own }) => [label, own]));
    const target = { ...figures, byLabel: named };
    context.print(JSON.stringify({ images, withoutPeople, targets: { [LABELS_TARGET]: target } }));
    return;
  }
  context.print(`${metrics.images} images`);
  context.print(`${LABELS_TARGET}: ${metricsSentence(metrics)}`);
  for (const { label, positives, averagePrecision, precision, recall, f1 } of metrics.byLabel) {
    const cell = (value: number | null): string => value?.toFixed(3) ?? 'none';
    context.print(
      `  ${label}: on ${positives} images, average precision ${cell(averagePrecision)}, precision ${cell(precision)}, recall ${cell(recall)}, F1 ${cell(f1)}`,
    );
  }
}

function toJson({ images, metrics }: ImageEvaluation, { topThree, within }: GuessFigures): object {
  const { accuracy, balancedAccuracy, macroF1, confusion, classes } = metrics;
  const target = { accuracy, balancedAccuracy, macroF1, confusion, classes, topThree, within };
  return { images, targets: { [TARGET]: target } };
}

function linesOf({ images, metrics }: ImageEvaluation, { topThree, within }: GuessFigures): string[] {
  const { accuracy, balancedAccuracy, macroF1, classes, confusion } = metrics;
  return [
    `${images} images`,
    `${TARGET}: accuracy ${accuracy.toFixed(3)}, balanced accuracy ${balancedAccuracy.toFixed(3)}, ` +
      `macro F1 ${macroF1.toFixed(3)}, among the first three ${topThree.toFixed(3)}`,
    ...Object.entries(within).map(
      ([name, own]) => `  within ${name}: ${own.images} images, accuracy ${own.accuracy.toFixed(3)}`,
    ),
    ...classes.map((name, truth) => {
      const cells = (confusion[truth] ?? []).flatMap((count, told) =>
        count === 0 ? [] : [`${count} ${classes[told]}`],
      );
      return `  truth ${name}: predicted ${cells.join(', ') || 'none'}`;
    }),
  ];
}
