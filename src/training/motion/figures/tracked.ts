import type { RecordingLabel } from '../../../domain/recording.js';
import type { Status } from '../../../domain/status.js';
import type { DataSet } from '../data-set.js';

/** Labels of which statuses are made. */
export type StatusTarget = 'accompanied' | 'conversation';

export function isStatusTarget(target: string): target is StatusTarget {
  return target === 'accompanied' || target === 'conversation';
}

/** A window's word on one binary target; event time in epoch milliseconds. */
export interface TrackedWindow {
  readonly startMs: number;
  readonly endMs: number;
  /** Of the positive class. */
  readonly probability: number;
}

/** A change of status. */
export interface StatusChange {
  readonly status: Status;
  /** From when on the timeline has it. */
  readonly sinceMs: number;
  /** Event time at which it was said. */
  readonly saidMs: number;
}

/** Makes statuses of one recording's windows, in order of time, as a gateway would; given by the command. */
export type TrackWindows = (target: string, windows: readonly TrackedWindow[]) => readonly StatusChange[];

/** Truth and statuses of one recording, for figures and plots; epoch milliseconds. */
export interface TrackedRecording {
  readonly recording: string;
  readonly subject: string;
  readonly truth: readonly TruthInterval[];
  readonly windows: readonly TrackedWindow[];
  readonly changes: readonly StatusChange[];
}

export interface TruthInterval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly value: boolean;
}

/**
 * Statuses of every recording of which windows were told.
 *
 * @param probabilities `[indices, 2]`
 */
export function trackRecordings(
  dataSet: DataSet,
  target: StatusTarget,
  indices: readonly number[],
  probabilities: Float32Array,
  track: TrackWindows,
): TrackedRecording[] {
  const lengthMs = (dataSet.sizeSamples * 1000) / dataSet.samplingRateHz;
  return dataSet.recordings.flatMap(({ id, subject, startMs, labels }, recording) => {
    const windows = indices.flatMap((index, row): TrackedWindow[] => {
      if (dataSet.recordingOf[index] !== recording) return [];
      const from = dataSet.startMs[index] ?? 0;
      return [{ startMs: from, endMs: from + lengthMs, probability: probabilities[row * 2 + 1] ?? 0 }];
    });
    if (windows.length === 0) return [];
    windows.sort((a, b) => a.endMs - b.endMs);
    const truth = truthOf(labels, target, startMs);
    return [{ recording: id, subject, truth, windows, changes: track(target, windows) }];
  });
}

/** Neighbouring labels of one value are one interval. */
function truthOf(labels: readonly RecordingLabel[], target: StatusTarget, startMs: number): TruthInterval[] {
  const intervals: TruthInterval[] = [];
  for (const label of labels) {
    const value = label[target];
    if (value === null) continue;
    const [fromMs, toMs] = [startMs + label.fromMs, startMs + label.toMs];
    const last = intervals.at(-1);
    if (last !== undefined && last.value === value && last.toMs === fromMs)
      intervals.splice(-1, 1, { ...last, toMs });
    else intervals.push({ fromMs, toMs, value });
  }
  return intervals;
}
