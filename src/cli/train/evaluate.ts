import { Command, Option } from 'commander';
import { readModelFolder } from '../../inference/models/model-folder.js';
import { UNKNOWN_AS } from '../../training/motion/data/window-labels.js';
import { hyperParametersSchema } from '../../training/motion/network/hyper-parameters.js';
import type { CliContext } from '../context.js';
import { numberBetween } from '../options.js';
import { type ImageFolderFlags, refuseImageFlags } from './apparel-flags.js';
import type { RecordingsFlags } from './evaluate-recordings.js';
import { modelPath } from './model-flags.js';

/** `alongside evaluate`: how good a model is on labelled recordings, or on images sorted by class. */
export function createEvaluateCommand(context: CliContext): Command {
  return new Command('evaluate')
    .requiredOption('--model <name>', 'model, or path of its folder')
    .option('--models-dir <folder>', 'folder of model folders', 'models')
    .requiredOption(
      '--data <folder>',
      'labelled recordings, or simulation:people=20,seconds=1200,first=0,seed=1; of an image model: one folder a class',
    )
    .option(
      '--label-share <share>',
      'of recordings: a window has the label that holds for more than this share of it; others do not count',
      numberBetween(0, 1),
      hyperParametersSchema.parse({}).labelShare,
    )
    .addOption(
      new Option(
        '--unknown-as <answer>',
        'of recordings: what time without a yes-or-no label counts as; by default it does not count',
      )
        .choices(UNKNOWN_AS)
        .default('left-out'),
    )
    .option('--validation <folder>', 'of images: a second folder with one folder a class, for --split')
    .option(
      '--split <file>',
      'of images: CSV with image and split; those of --data and --validation that it calls validation are scored',
    )
    .option(
      '--within <file:column>',
      'of images: CSV with image and a column of groups, such as senders.csv:sender; accuracy within each group, too',
    )
    .option('--json', 'print one JSON object')
    .action((flags: EvaluateFlags) => evaluate(context, flags));
}

interface EvaluateFlags extends RecordingsFlags, ImageFolderFlags {
  readonly model: string;
  readonly modelsDir: string;
}

/** What runs models is loaded for the kind of this one only. */
async function evaluate(context: CliContext, flags: EvaluateFlags): Promise<void> {
  const folder = await readModelFolder(modelPath(flags.model, flags.modelsDir));
  const { manifest } = folder;
  if (manifest.kind === 'sequence') {
    refuseImageFlags(flags, `of an image model, and ${manifest.name} is none`);
    const { evaluateOnRecordings } = await import('./evaluate-recordings.js');
    await evaluateOnRecordings(context, flags, folder, manifest);
  } else {
    const { evaluateImageModel } = await import('./evaluate-images.js');
    await evaluateImageModel(context, flags, folder, manifest);
  }
}
