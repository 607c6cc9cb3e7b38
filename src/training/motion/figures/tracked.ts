import type { RecordingLabel } from '../../../domain/recording.js';
import type { Status } from '../../../domain/status.js';
import type { FilterSpec } from '../../../inference/models/manifest.js';
import type { DataSet } from '../data/data-set.js';
import { LABEL_KINDS, type LabelKind, labelText } from '../data/window-labels.js';

export function isStatusTarget(target: string): target is LabelKind {
  return LABEL_KINDS.some((kind) => kind === target);
}

/** A window's word on one target; event time in epoch milliseconds. */
export interface TrackedWindow {
  readonly startMs: number;
  readonly endMs: number;
  /** In the order of the classes. */
  readonly probabilities: readonly number[];
}

/** A change of status. */
export interface StatusChange {
  readonly status: Status;
  /** From when on the timeline has it. */
  readonly sinceMs: number;
  /** Event time at which it was said. */
  readonly saidMs: number;
}

/** A target and how its statuses are made: by a learnt filter or, without one, by smoothing. */
export interface StatusSource {
  readonly name: string;
  readonly classes: readonly string[];
  readonly filter?: FilterSpec | undefined;
}

/** Makes statuses as a gateway would; given by the command. */
export interface Tracking {
  /** Statuses of one recording's windows, in order of time. */
  readonly changesOf: (target: StatusSource, windows: readonly TrackedWindow[]) => readonly StatusChange[];
  /** Without a window for this long a target's status is unknown, milliseconds. */
  readonly silenceMs: (target: string) => number;
}

/** What was true in one recording, and what a model said of it; epoch milliseconds. */
export interface StatusTruth {
  readonly recording: string;
  readonly subject: string;
  readonly truth: readonly TruthInterval[];
  readonly windows: readonly TrackedWindow[];
}

/** The same with the statuses that were made of it, for figures and plots. */
export interface TrackedRecording extends StatusTruth {
  readonly changes: readonly StatusChange[];
}

export interface TruthInterval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly status: Status;
}

/**
 * Truth and windows of every recording of which windows were told.
 *
 * @param probabilities `[indices, classes]`
 */
export function statusTruths(
  dataSet: DataSet,
  target: LabelKind,
  indices: readonly number[],
  probabilities: Float32Array,
): StatusTruth[] {
  const size = dataSet.heads.find(({ name }) => name === target)?.classes.length ?? 0;
  const lengthMs = (dataSet.sizeSamples * 1000) / dataSet.samplingRateHz;
  return dataSet.recordings.flatMap(({ id, subject, startMs, labels }, recording) => {
    const windows = indices.flatMap((index, row): TrackedWindow[] => {
      if (dataSet.recordingOf[index] !== recording) return [];
      const from = dataSet.startMs[index] ?? 0;
      const said = Array.from(probabilities.subarray(row * size, (row + 1) * size));
      return [{ startMs: from, endMs: from + lengthMs, probabilities: said }];
    });
    if (windows.length === 0) return [];
    windows.sort((a, b) => a.endMs - b.endMs);
    return [{ recording: id, subject, truth: truthOf(labels, target, startMs), windows }];
  });
}

/** Statuses of each recording, all made in the same way. */
export function trackRecordings(
  recordings: readonly StatusTruth[],
  target: StatusSource,
  changesOf: Tracking['changesOf'],
): TrackedRecording[] {
  return recordings.map((recording) => ({ ...recording, changes: changesOf(target, recording.windows) }));
}

/** Neighbouring labels of one value are one interval. */
function truthOf(labels: readonly RecordingLabel[], target: LabelKind, startMs: number): TruthInterval[] {
  const intervals: TruthInterval[] = [];
  for (const label of labels) {
    const status = labelText(label, target);
    if (status === undefined) continue;
    const [fromMs, toMs] = [startMs + label.fromMs, startMs + label.toMs];
    const last = intervals.at(-1);
    if (last !== undefined && last.status === status && last.toMs === fromMs)
      intervals.splice(-1, 1, { ...last, toMs });
    else intervals.push({ fromMs, toMs, status });
  }
  return intervals;
}
