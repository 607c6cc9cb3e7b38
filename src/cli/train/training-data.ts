import { configSchema } from '../../config/schema.js';
import { type DeviceId, parseDeviceId } from '../../domain/ids.js';
import type { Recording } from '../../domain/recording.js';
import { atPaceOf, statusFilterOf, synchroniseOptions, trackOptions } from '../../gateway/stages.js';
import type { SequenceManifest } from '../../inference/models/manifest.js';
import { type RecordingWindowSpec, windowsOfRecording } from '../../recordings/recording-windows.js';
import { GatewayError } from '../../shared/errors.js';
import { INITIAL_TRACK_STATE, StatusTracker, type TrackOptions } from '../../stream/status-tracker.js';
import { evidenceOf } from '../../stream/track-status.js';
import {
  buildDataSet,
  type DataSet,
  type DataSetReport,
  type WindowsOf,
} from '../../training/motion/data/data-set.js';
import type { ChannelChoice } from '../../training/motion/data/select-channels.js';
import type { LabelKind } from '../../training/motion/data/window-labels.js';
import type { StatusChange, StatusSource, Tracking } from '../../training/motion/figures/tracked.js';
import type { HyperParameters } from '../../training/motion/network/hyper-parameters.js';
import type { CliContext } from '../context.js';

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
  const { samplingRateHz, sizeSamples, strideSamples, labelShare, minCoverage, unknownAs } = hyper;
  const { channels, accelerometerUnit, gravity } = choice;
  const auxiliary = (['activity', 'detail'] as const).filter(
    (name) => hyper[`${name}Weight`] > 0 && !targets.includes(name),
  );
  const { dataSet, report } = buildDataSet(
    choice.usable,
    trainingWindows({ channels, gravity, accelerometerUnit, samplingRateHz, sizeSamples, strideSamples }),
    {
      channels,
      sizeSamples,
      samplingRateHz,
      accelerometerUnit,
      labelShare,
      unknownAs,
      minCoverage,
      heads: [...targets, ...auxiliary].map((name) => ({ name })),
    },
  );
  for (const line of leftOutWindows(report, nameOf)) context.note(line);
  context.note(
    `${dataSet.count} windows of ${dataSet.subjects.length} subjects; left out: ` +
      `${report.lowCoverage} of low coverage, ${report.unlabelled} without a label, ` +
      `${report.acrossBorder} across the border of a label`,
  );
  return dataSet;
}

/** Recordings of which windows could not be used although they were recorded: gaps, unequal lengths, missing values. */
export function leftOutWindows(report: DataSetReport, nameOf: (recording: Recording) => string): string[] {
  return [...report.byRecording].flatMap(
    ([recording, { windows, lowCoverage, unlabelled, acrossBorder }]) => {
      if (windows === 0) return [`left out: ${nameOf(recording)} is shorter than a window`];
      if (acrossBorder === windows) {
        return [`left out: ${nameOf(recording)}: in every window a label begins or ends`];
      }
      if (unlabelled === windows) return [`left out: ${nameOf(recording)} has no window with a label`];
      if (lowCoverage === 0) return [];
      return [
        `partly left out: ${nameOf(recording)}: ${lowCoverage} of ${windows} windows lack too many samples ` +
          '(a sensor begins late, ends early, or has gaps or missing values)',
      ];
    },
  );
}

/** Makes statuses of a model's windows as a gateway with default settings does. */
export function trackingOf(
  model: Pick<SequenceManifest, 'strideSamples' | 'samplingRateHz'>,
  thresholdOf: (target: string) => number = () => 0.5,
): Tracking {
  const config = configSchema.parse({});
  const targetOf = ({ name, classes, filter }: StatusSource) => ({
    name,
    output: name,
    classes: [...classes],
    threshold: thresholdOf(name),
    filter,
  });
  const optionsOf = (target: StatusSource): TrackOptions =>
    atPaceOf(trackOptions(config, target.name), [{ ...model, targets: [targetOf(target)] }], target.name);
  return {
    silenceMs: (name) => optionsOf({ name, classes: [] }).silenceMs,
    changesOf: (source, windows) => {
      const target = targetOf(source);
      const tracker = new StatusTracker(anyDevice(), target.name, optionsOf(source));
      const tracked = { ...target, filter: statusFilterOf(config, target) };
      let state = INITIAL_TRACK_STATE;
      return windows.flatMap(({ startMs, endMs, probabilities }): StatusChange[] => {
        const evidence = evidenceOf(tracked, probabilities);
        if (evidence === undefined) return [];
        const step = tracker.observe(state, { ...evidence, startMs, endMs, arrivalMs: endMs });
        state = step.state;
        return step.updates
          .filter(({ kind }) => kind === 'change')
          .map(({ status, sinceMs }) => ({
            status,
            sinceMs,
            saidMs: status === 'unknown' ? sinceMs : endMs,
          }));
      });
    },
  };
}

/** Cuts recordings into windows just as the stream does by default. */
export function trainingWindows(spec: Omit<RecordingWindowSpec, 'name' | 'units'>): WindowsOf {
  const options = synchroniseOptions(configSchema.parse({}).stream);
  const device = anyDevice();
  return (recording) =>
    windowsOfRecording(
      recording,
      device,
      recording.startMs,
      { ...spec, name: 'training', units: 'si' },
      options,
    );
}

/** Windows and statuses carry a device's name, which nobody looks at here. */
function anyDevice(): DeviceId {
  const device = parseDeviceId('recording');
  if (device === undefined) throw new Error('"recording" is no device name');
  return device;
}
