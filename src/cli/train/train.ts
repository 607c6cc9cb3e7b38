import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { STATED_PLACEMENTS } from '../../domain/samples.js';
import { MODEL_SENSORS } from '../../inference/models/manifest.js';
import { BASELINES, SVM_MAX_WINDOWS } from '../../training/motion/baselines/baseline.js';
import { LABEL_KINDS } from '../../training/motion/data/window-labels.js';
import { PROTOCOLS } from '../../training/motion/folds/protocols.js';
import { ENGINES } from '../../training/motion/network/engines.js';
import { BLOCKS } from '../../training/motion/network/network.js';
import type { CliContext } from '../context.js';
import { numberBetween, wholeNumberBetween } from '../options.js';
import { parseModelVersion } from './model-flags.js';
import { createTrainApparelCommand } from './train-apparel-command.js';
import type { TrainCompanyFlags } from './train-company.js';
import { describeHyperParameters, type TrainFlags } from './train-flags.js';

/** `alongside train`: trains a sequence model on labelled recordings, or an image model on sorted images. */
export function createTrainCommand(context: CliContext): Command {
  const command = new Command('train');
  command
    .command('accompany')
    .description('train the CNN-LSTM that tells whether the wearer is accompanied and in conversation')
    .requiredOption(
      '--data <folder>',
      'labelled recordings, or simulation:people=20,seconds=1200,first=0,seed=1 for simulated ones',
    )
    .option(
      '--out <folder>',
      'model folder to write, for example models/NAME; by default runs/ and the name of the data',
    )
    .option('--report <folder>', 'where to write report.html and report.json; by default --out')
    .option(
      '--model-version <text>',
      'version of the model; by default the time of training',
      parseModelVersion,
    )
    .option('--targets <names>', `what to tell, of ${LABEL_KINDS.join(', ')}`, listOf(LABEL_KINDS))
    .option(
      '--sensors <names>',
      `of ${MODEL_SENSORS.join(', ')}; by default those of most recordings`,
      listOf(MODEL_SENSORS),
    )
    .addOption(
      new Option('--gravity <kind>', 'what the accelerometer must hold; by default as recorded').choices([
        'included',
        'removed',
        'any',
      ]),
    )
    .addOption(
      new Option(
        '--placement <place>',
        'where the sensor is worn; by default as the recordings say. Those that say another place are left out',
      ).choices(STATED_PLACEMENTS),
    )
    .option('--from <model>', 'adapt this model, a name or folder, to --data instead of training a new one')
    .option('--base-data <data>', 'with --from: recordings the model came from, to see what it forgets')
    .option(
      '--freeze <blocks>',
      `with --from: what stays as it is, of ${BLOCKS.join(', ')}, none`,
      listOf([...BLOCKS, 'none'] as const),
      ['convolution'],
    )
    .option('--renormalise', 'with --from: estimate mean and deviation of the channels again, from --data')
    .option(
      '--protocol <names>',
      `how to measure, one or more of ${PROTOCOLS.join(', ')}; random is leaky: neighbouring windows overlap`,
      listOf(PROTOCOLS),
      ['folds'],
    )
    .option('--folds <n>', 'groups of the protocols folds and random', wholeNumberBetween(2, 1000), 4)
    .option('--test-share <share>', 'share of the subjects that holdout tests on', numberBetween(0, 1), 0.25)
    .option(
      '--baselines <names>',
      `what to compare with on the same folds, of ${BASELINES.join(', ')}, none; svm learns from ${SVM_MAX_WINDOWS} windows at most, rnn takes as long as the network`,
      listOf([...BASELINES, 'none'] as const),
      ['svm', 'forest'],
    )
    .addOption(
      new Option('--engine <name>', 'onnx: ONNX Runtime; layers: TensorFlow.js, about 50 times slower')
        .choices(ENGINES)
        .default('onnx'),
    )
    .option(
      '--workers <n>',
      'folds trained at the same time',
      wholeNumberBetween(1, 256),
      availableParallelism(),
    )
    .option(
      '--card <file>',
      'JSON with summary, licence and limits for the model card; by default card.json in --out',
    )
    .option('--set <hyper.key=value>', 'a hyper-parameter; may be repeated', collect, [])
    .option('--resume', 'go on with a training that was stopped; all other options must be the same')
    .option('--json', 'print the figures as one JSON object')
    .addHelpText('after', describeHyperParameters())
    .action(async (flags: TrainFlags) => {
      const { trainAccompany } = await import('./train-accompany.js');
      await trainAccompany(context, flags);
    });
  command.addCommand(createTrainApparelCommand(context));
  command
    .command('company')
    .description(
      'learn who is together from recordings of several people whose labels say with whom they were',
    )
    .requiredOption(
      '--data <folder>',
      'recordings with labels "with": ["name", …], or simulation:people=24,seconds=1500,seed=1 for simulated ones',
    )
    .requiredOption('--out <folder>', 'model folder to write, for example models/NAME')
    .option(
      '--model-version <text>',
      'version of the model; by default the day of training',
      parseModelVersion,
    )
    .option('--folds <n>', 'groups of people for measuring', wholeNumberBetween(2, 100), 4)
    .option('--json', 'print the figures as one JSON object')
    .action(async (flags: TrainCompanyFlags) => {
      const { trainCompany } = await import('./train-company.js');
      await trainCompany(context, flags);
    });
  return command;
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** Reads a list of known words with commas between them. */
function listOf<Word extends string>(words: readonly Word[]): (text: string) => Word[] {
  return (text) =>
    text.split(',').map((part) => {
      const word = words.find((candidate) => candidate === part.trim());
      if (word === undefined) throw new InvalidArgumentError(`"${part}" is none of ${words.join(', ')}.`);
      return word;
    });
}
