import type { Placement, SampleBlock, SensorKind } from './samples.js';

/** What was true of the wearer during `[fromMs, toMs)`; `null` where it is not known. */
export interface RecordingLabel {
  /** Milliseconds since the recording's start. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly activity: string | null;
  readonly accompanied: boolean | null;
  readonly conversation: boolean | null;
  /** What exactly the wearer did, where a source says more: for example `talking`, `singing`, `coughing`. */
  readonly detail?: string | null | undefined;
  /** Subjects who were there; empty when nobody else was; `null` or absent where it is not known. */
  readonly with?: readonly string[] | null | undefined;
}

/** One sensor of a recording, with the name and unit under which it was recorded. */
export interface RecordedSensor {
  /** As in `recording.json`, for example `accelerometer`. */
  readonly name: string;
  readonly kind: SensorKind;
  /** As recorded: `m/s2`, `g`, `adc`, `rad/s`, `uT`. */
  readonly unit: string;
  /** Whether gravity is in the values; `undefined` where the question makes no sense. */
  readonly gravity: boolean | undefined;
  readonly nominalRateHz: number;
  /** Times in milliseconds since the recording's start, ascending; values in the recorded unit. */
  readonly samples: SampleBlock;
}

/** A labelled recording read from disk. Format: DESIGN, "Labelled recordings". */
export interface Recording {
  readonly id: string;
  readonly subject: string;
  readonly device: string;
  /** Where the device was worn, where somebody said so. */
  readonly placement?: Placement | undefined;
  /** Epoch milliseconds of t = 0. */
  readonly startMs: number;
  /** In alphabetical order of name. */
  readonly sensors: readonly RecordedSensor[];
  readonly labels: readonly RecordingLabel[];
}
