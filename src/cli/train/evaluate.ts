import { Command, Option } from 'commander';
import { readModelFolder } from '../../inference/models/model-folder.js';
import { hyperParametersSchema } from '../../training/motion/hyper-parameters.js';
import { UNKNOWN_AS } from '../../training/motion/window-labels.js';
import type { CliContext } from '../context.js';
import type { EvaluateFlags } from '../evaluate-recordings.js';
import { numberBetween } from '../options.js';
import { modelPath } from './model-path.js';

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
    .option('--json', 'print one JSON object')
    .action((flags: EvaluateFlags) => evaluate(context, flags));
}

/** What runs models is loaded for the kind of this one only. */
async function evaluate(context: CliContext, flags: EvaluateFlags): Promise<void> {
  const folder = await readModelFolder(modelPath(flags.model, flags.modelsDir));
  const { manifest } = folder;
  if (manifest.kind === 'sequence') {
    const { evaluateOnRecordings } = await import('../evaluate-recordings.js');
    await evaluateOnRecordings(context, flags, folder, manifest);
  } else {
    const { evaluateImageModel } = await import('./evaluate-images.js');
    await evaluateImageModel(context, flags, folder, manifest);
  }
}
