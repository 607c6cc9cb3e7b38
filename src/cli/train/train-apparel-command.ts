import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { GatewayError } from '../../shared/errors.js';
import type { CliContext } from '../context.js';
import { wholeNumberBetween } from '../options.js';
import type { TrainApparelFlags } from './apparel-flags.js';
import { parseModelVersion } from './model-flags.js';

/** `alongside train apparel`: trains an image model on a folder of images sorted by class. */
export function createTrainApparelCommand(context: CliContext): Command {
  return new Command('apparel')
    .description(
      'train an image model on photographs sorted into one folder a label: garments, brands, anything',
    )
    .requiredOption(
      '--data <folder>',
      'images for training, one folder a class; with --multi-label labels.csv and the pictures it names',
    )
    .option('--multi-label', 'several labels a picture, by labels.csv in --data: image,LABEL,… with 1 and 0')
    .option(
      '--people <folder>',
      'with --multi-label: folder with people.onnx, which finds the people to look at (see models pull)',
    )
    .option('--validation <folder>', 'images for measuring, one folder a class; never trained on')
    .option(
      '--split <file>',
      'CSV with image and split: says which images of --data and --validation are train and which validation',
    )
    .option(
      '--within <file:column>',
      'CSV with image and a column of groups, such as products.csv:category: accuracy is told within each group, too',
    )
    .requiredOption(
      '--backbone <folder>',
      'network trained on many images: an ONNX file with backbone.json, or of a known kind (see models pull), or an image model',
    )
    .requiredOption('--out <folder>', 'model folder to write, for example models/NAME')
    .option(
      '--model-version <text>',
      'version of the model; by default the time of training',
      parseModelVersion,
    )
    .option(
      '--views <n>',
      'views of every image: as it is, mirrored, random crops',
      wholeNumberBetween(1, 64),
      4,
    )
    .option(
      '--fine-tune <epochs>',
      'train the upper blocks of the backbone as well, for so many epochs',
      wholeNumberBetween(0, 1000),
      0,
    )
    .option('--cut <tensor>', 'fine-tune what comes after this tensor; by default about the upper half')
    .option(
      '--teacher <folder>',
      'stronger backbone to learn from while fine-tuning; may be repeated',
      (folder: string, before: readonly string[]) => [...before, folder],
      [],
    )
    .option('--folds <n>', 'measure by so many folds of the training images', wholeNumberBetween(0, 100), 0)
    .option('--tuned-folds', 'fine-tune in every fold as well, which takes that many times as long')
    .option('--refit', 'fine-tune once more on all images if it was better on the tenth of them put aside')
    .addOption(
      new Option('--class-weights <kind>', 'balanced: rare classes count as much as frequent ones')
        .choices(['none', 'balanced'])
        .default('none'),
    )
    .option('--threads <n>', 'processors to use', wholeNumberBetween(1, 256), availableParallelism())
    .option('--seed <n>', 'of views and splits', wholeNumberBetween(0, 2 ** 31), 1)
    .option(
      '--card <file>',
      'JSON with summary, licence and limits for the model card; by default card.json in --out',
    )
    .option('--report <folder>', 'where to write report.html and report.json; by default --out')
    .option('--json', 'print the figures as one JSON object')
    .action(async (flags: TrainApparelFlags) => {
      checkFlags(flags);
      if (flags.multiLabel === true) {
        const { trainLabels } = await import('./train-labels.js');
        await trainLabels(context, flags);
      } else {
        const { trainApparel } = await import('./train-apparel.js');
        await trainApparel(context, flags);
      }
    });
}

/** @throws GatewayError `USAGE` for options that only the other kind of training has */
function checkFlags({
  multiLabel,
  people,
  validation,
  split,
  within,
  tunedFolds,
  teacher,
  classWeights,
}: TrainApparelFlags): void {
  const unused =
    multiLabel === true
      ? [
          ...(validation === undefined ? [] : ['--validation']),
          ...(split === undefined ? [] : ['--split']),
          ...(within === undefined ? [] : ['--within']),
          ...(tunedFolds === true ? ['--tuned-folds'] : []),
          ...(teacher.length === 0 ? [] : ['--teacher']),
          ...(classWeights === 'none' ? [] : ['--class-weights']),
        ]
      : people === undefined
        ? []
        : ['--people'];
  if (unused.length === 0) return;
  const words = multiLabel === true ? 'does not go with --multi-label' : 'needs --multi-label';
  throw new GatewayError('USAGE', `${unused.join(', ')}: ${words}`);
}
