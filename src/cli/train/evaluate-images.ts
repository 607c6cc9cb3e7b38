import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ImageManifest } from '../../inference/models/manifest.js';
import type { ModelFolder } from '../../inference/models/model-folder.js';
import { GatewayError } from '../../shared/errors.js';
import { evaluateImages, type ImageEvaluation } from '../../training/images/evaluate-images.js';
import { readImageFolder } from '../../training/images/image-folder.js';
import type { CliContext } from '../context.js';
import { createProgressLine } from './progress-line.js';

/** The one target of an image model. */
const TARGET = 'label';

/** `alongside evaluate` for image models: how good one is on a folder of images sorted by class. */
export async function evaluateImageModel(
  context: CliContext,
  flags: { readonly data: string; readonly json?: boolean },
  folder: ModelFolder,
  manifest: ImageManifest,
): Promise<void> {
  const model = folder.files.get(manifest.file);
  if (model === undefined) {
    throw new GatewayError('MODEL_INVALID', `${join(folder.path, manifest.file)} is missing`);
  }
  const progress = createProgressLine(context);
  const images = await readImageFolder(flags.data);
  const evaluation = await evaluateImages(manifest, model, images, {
    threads: availableParallelism(),
    signal: context.signal,
    onProgress: (done) => progress.update('evaluating', done),
  });
  for (const line of evaluation.unreadable) context.note(`left out: ${line}`);
  if (flags.json === true) context.print(JSON.stringify(toJson(evaluation)));
  else for (const line of linesOf(evaluation)) context.print(line);
}

function toJson({ images, metrics }: ImageEvaluation): object {
  const { accuracy, balancedAccuracy, macroF1, confusion, classes } = metrics;
  return { images, targets: { [TARGET]: { accuracy, balancedAccuracy, macroF1, confusion, classes } } };
}

function linesOf({ images, metrics }: ImageEvaluation): string[] {
  const { accuracy, balancedAccuracy, macroF1, classes, confusion } = metrics;
  return [
    `${images} images`,
    `${TARGET}: accuracy ${accuracy.toFixed(3)}, balanced accuracy ${balancedAccuracy.toFixed(3)}, ` +
      `macro F1 ${macroF1.toFixed(3)}`,
    ...classes.map((name, truth) => {
      const cells = (confusion[truth] ?? []).flatMap((count, told) =>
        count === 0 ? [] : [`${count} ${classes[told]}`],
      );
      return `  truth ${name}: predicted ${cells.join(', ') || 'none'}`;
    }),
  ];
}
