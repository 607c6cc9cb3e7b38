import type { DeviceId } from '../domain/ids.js';
import type { Recording } from '../domain/recording.js';
import type { AlignedFrames, SampleWindow } from '../domain/window.js';
import type { SequenceManifest } from '../inference/models/manifest.js';
import { SlidingWindow, type WindowSpec } from '../stream/sliding-window.js';
import { DeviceAligner, type SynchroniseOptions } from '../stream/synchronise/device-aligner.js';
import type { GridSpec } from '../stream/synchronise/grid-spec.js';
import { recordingMessages } from './recording-messages.js';

/** Which channels to window, and how. */
export interface RecordingWindowSpec {
  readonly name: string;
  readonly channels: readonly string[];
  readonly gravity: GridSpec['gravity'];
  readonly accelerometerUnit: GridSpec['accelerometerUnit'];
  readonly samplingRateHz: number;
  readonly sizeSamples: number;
  readonly strideSamples: number;
  /** `recorded` leaves values as they are; `si` turns g into m/s². */
  readonly units: 'recorded' | 'si';
}

/** Recorded time a message covers, as phones send by default. */
const MESSAGE_PERIOD_MS = 1000;

/**
 * The windows of a recording: what the stream makes of the same samples when a phone sends them.
 *
 * @param startMs epoch milliseconds of t = 0; the windows are anchored at the epoch, so another start cuts others
 */
export function* windowsOfRecording(
  recording: Recording,
  device: DeviceId,
  startMs: number,
  spec: RecordingWindowSpec,
  synchronise: SynchroniseOptions,
): Generator<SampleWindow, void, undefined> {
  const grid = gridSpecOf(spec);
  const unguarded = {
    ...synchronise,
    futureMs: Number.POSITIVE_INFINITY,
    earliestMs: Number.NEGATIVE_INFINITY,
  };
  const aligner = new DeviceAligner(device, unguarded, [grid]);
  const window = new SlidingWindow(windowSpecOf(spec));
  const messages = recordingMessages(recording, {
    device,
    startMs,
    periodMs: MESSAGE_PERIOD_MS,
    units: spec.units,
    session: recording.id,
  });
  function* windowsOf(first: readonly AlignedFrames[]): Generator<SampleWindow, void, undefined> {
    for (const frames of first) yield* window.push(frames);
    while (aligner.isBehind) for (const frames of aligner.advance()) yield* window.push(frames);
  }
  for (const message of messages) {
    yield* windowsOf(aligner.accept(message).frames);
  }
  yield* windowsOf(aligner.flush());
}

/** The windows a model would be given, before normalisation. */
export function modelWindowSpec(manifest: SequenceManifest): RecordingWindowSpec {
  return { ...manifest, units: 'si' };
}

/** All sensors of a recording in alphabetical order, in recorded units. */
export function wholeRecordingSpec(
  recording: Recording,
  shape: Pick<RecordingWindowSpec, 'samplingRateHz' | 'sizeSamples' | 'strideSamples'>,
): RecordingWindowSpec {
  const isRaw = recording.sensors.some((sensor) => sensor.kind === 'accelerometer-raw');
  return {
    ...shape,
    name: recording.id,
    channels: recording.sensors.flatMap((sensor) => ['x', 'y', 'z'].map((axis) => `${sensor.name}.${axis}`)),
    gravity: 'any',
    accelerometerUnit: isRaw ? 'adc' : 'm/s2',
    units: 'recorded',
  };
}

/** The synchroniser's part of a model. */
export function gridSpecOf(spec: Omit<RecordingWindowSpec, 'units'>): GridSpec {
  return {
    model: spec.name,
    channels: spec.channels,
    gravity: spec.gravity,
    accelerometerUnit: spec.accelerometerUnit,
    samplingRateHz: spec.samplingRateHz,
    maxGapRows: spec.sizeSamples,
    window: { rows: spec.sizeSamples, strideRows: spec.strideSamples },
  };
}

/** The window stage's part of a model. */
export function windowSpecOf(spec: Omit<RecordingWindowSpec, 'units'>): WindowSpec {
  return {
    model: spec.name,
    samplingRateHz: spec.samplingRateHz,
    sizeSamples: spec.sizeSamples,
    strideSamples: spec.strideSamples,
    channelCount: spec.channels.length,
    sensorCount: new Set(spec.channels.map((channel) => channel.split('.')[0])).size,
  };
}
