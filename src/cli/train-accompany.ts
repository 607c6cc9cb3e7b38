import { basename, join } from 'node:path';
import type { Recording } from '../domain/recording.js';
import { GatewayError } from '../errors.js';
import type { ModelSensor, SequenceManifest } from '../models/manifest.js';
import { type Baseline, METHOD_NAMES } from '../training/baselines/baseline.js';
import { buildDataSet, type DataSet } from '../training/data-set.js';
import type { EngineName } from '../training/engines.js';
import type { HyperParameters } from '../training/hyper-parameters.js';
import type { Protocol } from '../training/protocols.js';
import { type ChannelChoice, selectChannels } from '../training/select-channels.js';
import { trainModel } from '../training/train-model.js';
import type { LabelKind } from '../training/window-labels.js';
import { writeTrainedModel } from '../training/write-model.js';
import { readCard } from './card-text.js';
import type { CliContext } from './context.js';
import { parseHyperSettings } from './hyper-settings.js';
import { modelNameOf } from './model-path.js';
import { createProgressLine } from './progress-line.js';
import { reportTraining } from './report-training.js';
import { trackWindowsOf } from './track-windows.js';
import { loadTrainingRecordings } from './training-recordings.js';
import { trainingWindows } from './training-windows.js';

/** Options of `alongside train accompany`. */
export interface TrainFlags {
  readonly data: string;
  readonly out: string;
  readonly report?: string;
  readonly modelVersion?: string;
  readonly targets?: readonly LabelKind[];
  readonly sensors?: readonly ModelSensor[];
  readonly gravity?: SequenceManifest['gravity'];
  readonly protocol: readonly Protocol[];
  readonly folds: number;
  readonly testShare: number;
  readonly baselines: readonly (Baseline | 'none')[];
  readonly engine: EngineName;
  readonly workers: number;
  readonly card?: string;
  readonly set: readonly string[];
  readonly json?: boolean;
}

/** Trains, measures, writes the model folder, and reports. */
export async function trainAccompany(context: CliContext, flags: TrainFlags): Promise<void> {
  const hyper = parseHyperSettings(flags.set);
  const name = modelNameOf(flags.out);
  const card = await readCard(flags);
  const { recordings, unreadable, description: data } = await loadTrainingRecordings(flags.data);
  const choice = selectChannels(recordings, { sensors: flags.sensors, gravity: flags.gravity });
  for (const line of [...unreadable, ...choice.skipped]) context.note(`left out: ${line}`);
  const targets = flags.targets ?? labelledTargets(choice.usable);
  const dataSet = makeDataSet(context, choice, targets, hyper);
  const progress = createProgressLine(context);
  const trained = await trainModel(
    {
      dataSet,
      targets,
      hyper,
      protocols: flags.protocol,
      protocolOptions: { folds: flags.folds, testShare: flags.testShare, seed: hyper.seed },
      baselines: flags.baselines.filter((name) => name !== 'none'),
      engine: flags.engine,
      workers: flags.workers,
      track: trackWindowsOf(hyper),
    },
    {
      signal: context.signal,
      onProgress: ({ phase, method = 'network', done, loss }) =>
        progress.update(
          phase === 'train' ? 'training' : `measuring (${phase}, ${METHOD_NAMES[method]})`,
          done,
          loss === undefined ? undefined : `loss ${loss.toFixed(3)}`,
        ),
    },
  );
  const trainedAt = new Date(context.clock.nowMs()).toISOString();
  const description = {
    name,
    version: flags.modelVersion ?? trainedAt.replace(/\.\d+Z$/, 'Z').replaceAll(':', '-'),
    gravity: choice.gravity,
    targets,
    text: { ...card, data },
    trainedAt,
    command: commandLine(flags),
  };
  await writeTrainedModel(flags.out, trained, dataSet, hyper, description);
  const reportFolder = flags.report ?? flags.out;
  // Plots take a while to load, and other commands need none.
  const { writeReport } = await import('../training/report/write-report.js');
  await writeReport(reportFolder, { ...description, model: trained, dataSet, hyper });
  context.note(`model: ${flags.out}, report: ${join(reportFolder, 'report.html')}`);
  reportTraining(context, flags, dataSet, trained.measurements);
}

/** Targets of which both answers occur. */
function labelledTargets(recordings: readonly Recording[]): LabelKind[] {
  const labels = recordings.flatMap((recording) => recording.labels);
  const found = (['accompanied', 'conversation'] as const).filter((target) =>
    [true, false].every((value) => labels.some((label) => label[target] === value)),
  );
  if (found.length > 0) return found;
  throw new GatewayError(
    'TRAINING_FAILED',
    'neither "accompanied" nor "conversation" is labelled with both true and false in the recordings',
  );
}

function makeDataSet(
  context: CliContext,
  choice: ChannelChoice,
  targets: readonly LabelKind[],
  hyper: HyperParameters,
): DataSet {
  const { samplingRateHz, sizeSamples, strideSamples, labelShare, minCoverage } = hyper;
  const { channels, accelerometerUnit, gravity } = choice;
  const auxiliary = hyper.activityWeight > 0 && !targets.includes('activity') ? (['activity'] as const) : [];
  const { dataSet, report } = buildDataSet(
    choice.usable,
    trainingWindows({ channels, gravity, accelerometerUnit, samplingRateHz, sizeSamples, strideSamples }),
    {
      channels,
      sizeSamples,
      samplingRateHz,
      accelerometerUnit,
      labelShare,
      minCoverage,
      heads: [...targets, ...auxiliary].map((name) => ({ name })),
    },
  );
  context.note(
    `${dataSet.count} windows of ${dataSet.subjects.length} subjects; left out: ` +
      `${report.lowCoverage} of low coverage, ${report.unlabelled} without a label`,
  );
  return dataSet;
}

function commandLine(flags: TrainFlags): string {
  const words = [
    'alongside train accompany',
    `--data ${basename(flags.data)}`,
    `--out ${basename(flags.out)}`,
  ];
  if (flags.targets !== undefined) words.push(`--targets ${flags.targets.join(',')}`);
  if (flags.sensors !== undefined) words.push(`--sensors ${flags.sensors.join(',')}`);
  if (flags.gravity !== undefined) words.push(`--gravity ${flags.gravity}`);
  words.push(`--protocol ${flags.protocol.join(',')} --folds ${flags.folds}`);
  words.push(`--baselines ${flags.baselines.join(',')}`);
  return [...words, ...flags.set.map((setting) => `--set ${setting}`)].join(' ');
}
