import type { Recording } from '../../../domain/recording.js';
import type { SampleWindow } from '../../../domain/window.js';
import type { SequenceManifest } from '../../../inference/models/manifest.js';
import { GatewayError } from '../../../shared/errors.js';
import type { HeadSpec } from '../network/network.js';
import {
  BINARY_CLASSES,
  crossesBorder,
  type LabelKind,
  labelOfWindow,
  type UnknownAs,
  type WindowLabel,
} from './window-labels.js';

/** Cuts a recording into windows as the stream would; given by the command. */
export type WindowsOf = (recording: Recording) => Iterable<SampleWindow>;

/** Label of a window that has none. */
export const UNKNOWN = -1;

/**
 * Labelled windows of several recordings, before normalisation.
 *
 * Plain data in shared memory, so that folds can be trained in other threads without a copy.
 */
export interface DataSet {
  readonly channels: readonly string[];
  readonly sizeSamples: number;
  readonly samplingRateHz: number;
  readonly accelerometerUnit: SequenceManifest['accelerometerUnit'];
  /** Number of windows. */
  readonly count: number;
  /** `[count, sizeSamples, channels]`; NaN where missing. */
  readonly values: Float32Array;
  /** `[count, sizeSamples]`: 1 where the accelerometer holds gravity to remove; `undefined` if nowhere. */
  readonly gravityToRemove: Uint8Array | undefined;
  /** Subject of each window, an index into `subjects`. */
  readonly subjectOf: Uint16Array;
  readonly subjects: readonly string[];
  /** Recording of each window, an index into `recordings`. */
  readonly recordingOf: Uint16Array;
  readonly recordings: readonly RecordingTruth[];
  /** Start of each window, epoch milliseconds. */
  readonly startMs: Float64Array;
  readonly heads: readonly HeadSpec[];
  /** By head: class of each window, or {@link UNKNOWN}. */
  readonly labels: ReadonlyMap<string, Int8Array>;
  /** By head: 1 where the label is an assumption about unlabelled time. Heads without one have no entry. */
  readonly assumed: ReadonlyMap<string, Uint8Array>;
}

/** What is kept of a recording: what was true, and when. */
export type RecordingTruth = Pick<Recording, 'id' | 'subject' | 'startMs' | 'labels'>;

/** A label to learn, or to compare a model with. */
export interface HeadRequest {
  readonly name: LabelKind;
  /** Of a model that exists, in its order; windows of other classes count as unlabelled. Absent: those of the data. */
  readonly classes?: readonly string[];
}

export interface DataSetSpec {
  readonly channels: readonly string[];
  readonly sizeSamples: number;
  readonly samplingRateHz: number;
  readonly accelerometerUnit: SequenceManifest['accelerometerUnit'];
  readonly heads: readonly HeadRequest[];
  readonly labelShare: number;
  /** @defaultValue left-out */
  readonly unknownAs?: UnknownAs;
  readonly minCoverage: number;
}

/** Windows that were cut, and why some were left out. */
export interface WindowCounts {
  readonly windows: number;
  readonly lowCoverage: number;
  readonly unlabelled: number;
  /** Left out because a label begins or ends in them, where labels must hold throughout. */
  readonly acrossBorder: number;
}

/** The same for all recordings together and for each. */
export interface DataSetReport extends WindowCounts {
  readonly byRecording: ReadonlyMap<Recording, WindowCounts>;
}

/** The same windows without the labels that nobody gave. */
export function onlyLabelled(dataSet: DataSet): DataSet {
  const labels = [...dataSet.labels].map(([head, classes]): [string, Int8Array] => {
    const marks = dataSet.assumed.get(head);
    return [
      head,
      marks === undefined ? classes : classes.map((label, at) => (marks[at] === 1 ? UNKNOWN : label)),
    ];
  });
  return { ...dataSet, labels: new Map(labels), assumed: new Map() };
}

interface LabelledWindow {
  readonly window: SampleWindow;
  readonly recording: Recording;
  /** One a head. */
  readonly labels: readonly (WindowLabel | undefined)[];
}

/**
 * Builds a data set from labelled recordings.
 *
 * @throws GatewayError `TRAINING_FAILED` when the data has fewer than two classes of a head whose classes are not given
 */
export function buildDataSet(
  recordings: Iterable<Recording>,
  windowsOf: WindowsOf,
  spec: DataSetSpec,
): { readonly dataSet: DataSet; readonly report: DataSetReport } {
  const kept: LabelledWindow[] = [];
  const byRecording = new Map<Recording, WindowCounts>();
  for (const recording of recordings) {
    const counts = { windows: 0, lowCoverage: 0, unlabelled: 0, acrossBorder: 0 };
    byRecording.set(recording, counts);
    for (const window of windowsOf(recording)) {
      counts.windows += 1;
      const labels = spec.heads.map((head) =>
        labelOfWindow(recording, window, head.name, spec.labelShare, spec.unknownAs),
      );
      if (window.coverage < spec.minCoverage) counts.lowCoverage += 1;
      else if (spec.labelShare === 1 && crossesBorder(recording, window)) counts.acrossBorder += 1;
      else if (labels.every((label) => label === undefined)) counts.unlabelled += 1;
      else kept.push({ window, recording, labels });
    }
  }
  const sum = (count: keyof WindowCounts): number =>
    [...byRecording.values()].reduce((total, counts) => total + counts[count], 0);
  const totals = {
    windows: sum('windows'),
    lowCoverage: sum('lowCoverage'),
    unlabelled: sum('unlabelled'),
    acrossBorder: sum('acrossBorder'),
  };
  return { dataSet: assemble(kept, spec), report: { ...totals, byRecording } };
}

function assemble(kept: readonly LabelledWindow[], spec: DataSetSpec): DataSet {
  const heads = spec.heads.map((head, index) => headOf(head, kept, index));
  const rowLength = spec.channels.length;
  const windowLength = spec.sizeSamples * rowLength;
  const values = new Float32Array(new SharedArrayBuffer(kept.length * windowLength * 4));
  kept.forEach(({ window }, index) => {
    values.set(window.values, index * windowLength);
  });
  const subjects = [...new Set(kept.map(({ recording }) => recording.subject))].sort();
  const subjectOf = new Uint16Array(new SharedArrayBuffer(kept.length * 2));
  subjectOf.set(kept.map(({ recording }) => subjects.indexOf(recording.subject)));
  const recordings = [...new Set(kept.map(({ recording }) => recording))];
  const recordingOf = new Uint16Array(new SharedArrayBuffer(kept.length * 2));
  recordingOf.set(kept.map(({ recording }) => recordings.indexOf(recording)));
  const startMs = new Float64Array(new SharedArrayBuffer(kept.length * 8));
  startMs.set(kept.map(({ window }) => window.startMs));
  return {
    channels: spec.channels,
    sizeSamples: spec.sizeSamples,
    samplingRateHz: spec.samplingRateHz,
    accelerometerUnit: spec.accelerometerUnit,
    count: kept.length,
    values,
    gravityToRemove: gravityMarks(kept, spec.sizeSamples),
    subjectOf,
    subjects,
    recordingOf,
    recordings: recordings.map(({ id, subject, startMs: start, labels }) => ({
      id,
      subject,
      startMs: start,
      labels,
    })),
    startMs,
    heads,
    labels: new Map(heads.map((head, index) => [head.name, classIndices(kept, head, index)])),
    assumed: new Map(heads.flatMap((head, index) => assumedMarks(kept, head, index))),
  };
}

/** Classes found in the data are in alphabetical order, so that "no" comes before "yes". */
function headOf({ name, classes }: HeadRequest, kept: readonly LabelledWindow[], index: number): HeadSpec {
  if (classes !== undefined) return { name, classes };
  const found = [...new Set(kept.map((entry) => entry.labels[index]?.text))].filter(
    (label) => label !== undefined,
  );
  if (found.length >= 2) return { name, classes: found.sort() };
  const seen = found[0] === undefined ? 'no label' : `only the label "${found[0]}"`;
  throw new GatewayError(
    'TRAINING_FAILED',
    `the recordings have ${seen} for "${name}"; training needs windows of at least two classes`,
  );
}

function classIndices(kept: readonly LabelledWindow[], head: HeadSpec, index: number): Int8Array {
  const result = new Int8Array(new SharedArrayBuffer(kept.length));
  result.set(kept.map((entry) => classIndex(head, entry.labels[index]?.text)));
  return result;
}

function assumedMarks(
  kept: readonly LabelledWindow[],
  { name }: HeadSpec,
  index: number,
): [head: string, marks: Uint8Array][] {
  if (!kept.some(({ labels }) => labels[index]?.isAssumed === true)) return [];
  const marks = new Uint8Array(new SharedArrayBuffer(kept.length));
  marks.set(kept.map(({ labels }) => (labels[index]?.isAssumed === true ? 1 : 0)));
  return [[name, marks]];
}

/** The classes of a yes-or-no label may have other names in a model made elsewhere; their order tells them apart. */
function classIndex({ name, classes }: HeadSpec, label: string | undefined): number {
  if (label === undefined) return UNKNOWN;
  return name === 'activity' || name === 'detail' ? classes.indexOf(label) : BINARY_CLASSES.indexOf(label);
}

function gravityMarks(kept: readonly LabelledWindow[], sizeSamples: number): Uint8Array | undefined {
  if (kept.every(({ window }) => window.gravityToRemove === undefined)) return undefined;
  const marks = new Uint8Array(new SharedArrayBuffer(kept.length * sizeSamples));
  kept.forEach(({ window }, index) => {
    if (window.gravityToRemove !== undefined) marks.set(window.gravityToRemove, index * sizeSamples);
  });
  return marks;
}
