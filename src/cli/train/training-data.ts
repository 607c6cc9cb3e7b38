import type { Recording } from '../../domain/recording.js';
import { GatewayError } from '../../shared/errors.js';
import { buildDataSet, type DataSet, type DataSetReport } from '../../training/motion/data-set.js';
import type { HyperParameters } from '../../training/motion/hyper-parameters.js';
import type { ChannelChoice } from '../../training/motion/select-channels.js';
import type { LabelKind } from '../../training/motion/window-labels.js';
import type { CliContext } from '../context.js';
import { trainingWindows } from '../training-windows.js';

/** Targets of which both answers occur. */
export function labelledTargets(recordings: readonly Recording[]): LabelKind[] {
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

/** Windows of the usable recordings; tells how many there are, and of which recordings some are missing. */
export function makeDataSet(
  context: CliContext,
  nameOf: (recording: Recording) => string,
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
  for (const line of leftOutWindows(report, nameOf)) context.note(line);
  context.note(
    `${dataSet.count} windows of ${dataSet.subjects.length} subjects; left out: ` +
      `${report.lowCoverage} of low coverage, ${report.unlabelled} without a label`,
  );
  return dataSet;
}

/** Recordings of which windows could not be used although they were recorded: gaps, unequal lengths, missing values. */
export function leftOutWindows(report: DataSetReport, nameOf: (recording: Recording) => string): string[] {
  return [...report.byRecording].flatMap(([recording, { windows, lowCoverage, unlabelled }]) => {
    if (windows === 0) return [`left out: ${nameOf(recording)} is shorter than a window`];
    if (unlabelled === windows) return [`left out: ${nameOf(recording)} has no window with a label`];
    if (lowCoverage === 0) return [];
    return [
      `partly left out: ${nameOf(recording)}: ${lowCoverage} of ${windows} windows lack too many samples ` +
        '(a sensor begins late, ends early, or has gaps or missing values)',
    ];
  });
}
