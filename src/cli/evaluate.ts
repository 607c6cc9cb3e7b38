import { Command } from 'commander';
import { configSchema } from '../config/schema.js';
import { GatewayError } from '../errors.js';
import { startInferencePool } from '../infer/inference-pool.js';
import { MODEL_SENSORS } from '../models/manifest.js';
import { readModelFolder } from '../models/model-folder.js';
import { type Evaluation, evaluateModel } from '../training/evaluate-model.js';
import { hyperParametersSchema } from '../training/hyper-parameters.js';
import { selectChannels } from '../training/select-channels.js';
import type { CliContext } from './context.js';
import { modelPath } from './model-path.js';
import { createProgressLine } from './progress-line.js';
import { loadTrainingRecordings } from './training-recordings.js';
import { trainingWindows } from './training-windows.js';

interface EvaluateFlags {
  readonly model: string;
  readonly modelsDir: string;
  readonly data: string;
  readonly json?: boolean;
}

const BATCH_WINDOWS = 64;

/** `alongside evaluate`: how good a model is on labelled recordings. */
export function createEvaluateCommand(context: CliContext): Command {
  return new Command('evaluate')
    .description('score a model on labelled recordings, served as the gateway serves it')
    .requiredOption('--model <name>', 'model, or path of its folder')
    .option('--models-dir <folder>', 'folder of model folders', 'models')
    .requiredOption(
      '--data <folder>',
      'labelled recordings, or simulation:people=20,seconds=1200,first=0,seed=1',
    )
    .option('--json', 'print one JSON object')
    .action((flags: EvaluateFlags) => evaluate(context, flags));
}

async function evaluate(context: CliContext, flags: EvaluateFlags): Promise<void> {
  const folder = await readModelFolder(modelPath(flags.model, flags.modelsDir));
  const { manifest } = folder;
  if (manifest.kind !== 'sequence') {
    throw new GatewayError('USAGE', `${flags.model} is an image model; recordings suit sequence models`);
  }
  const { recordings, unreadable } = await loadTrainingRecordings(flags.data);
  const sensors = MODEL_SENSORS.filter((sensor) =>
    manifest.channels.some((channel) => channel.startsWith(`${sensor}.`)),
  );
  const { accelerometerUnit } = manifest;
  const { usable, skipped } = selectChannels(recordings, { sensors, accelerometerUnit });
  for (const line of [...unreadable, ...skipped]) context.note(`left out: ${line}`);
  await using pool = startInferencePool({ workers: 1, maxBatch: BATCH_WINDOWS });
  await using classifier = await pool.load(manifest, folder.files);
  const progress = createProgressLine(context);
  const evaluation = await evaluateModel(
    manifest,
    usable,
    trainingWindows(manifest),
    (batch, count) => classifier.run(batch, count),
    {
      batchSize: BATCH_WINDOWS,
      labelShare: hyperParametersSchema.parse({}).labelShare,
      minCoverage: configSchema.parse({}).infer.minCoverage,
      signal: context.signal,
      onProgress: (done) => progress.update('evaluating', done),
    },
  );
  report(context, flags, evaluation);
}

function report(context: CliContext, flags: EvaluateFlags, { windows, targets }: Evaluation): void {
  if (flags.json === true) {
    context.print(JSON.stringify({ windows, targets: Object.fromEntries(targets) }));
    return;
  }
  context.print(`${windows} windows with a label`);
  for (const [target, { accuracy, balancedAccuracy, macroF1, classes, confusion }] of targets) {
    context.print(
      `${target}: balanced accuracy ${balancedAccuracy.toFixed(3)}, accuracy ${accuracy.toFixed(3)}, ` +
        `macro F1 ${macroF1.toFixed(3)}`,
    );
    classes.forEach((name, at) => {
      const cells = (confusion[at] ?? []).map((count, other) => `${count} ${classes[other]}`);
      context.print(`  truth ${name}: predicted ${cells.join(', ')}`);
    });
  }
}
