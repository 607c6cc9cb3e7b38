import { SignatureExtractor } from '../company/signature-extractor.js';
import { COMPANY_GRID } from '../company/signature-grid.js';
import type { SignatureRow } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import type { RecordedSensor, Recording } from '../domain/recording.js';
import { AXIS_COUNT, type SampleBlock, type SensorMessage, STANDARD_GRAVITY } from '../domain/samples.js';
import type { AlignedFrames } from '../domain/window.js';
import { DeviceAligner, type SynchroniseOptions } from '../stream/synchronise/device-aligner.js';

interface RecordingMessagesOptions {
  readonly device: DeviceId;
  /** Epoch milliseconds of t = 0. */
  readonly startMs: number;
  /** Recorded time a message covers, milliseconds. */
  readonly periodMs: number;
  /** `recorded` leaves values as they are; `si` turns g into m/s². */
  readonly units: 'recorded' | 'si';
  /** Names the run, so that message numbers of two replays are not mistaken for each other. */
  readonly session: string;
}

/** A recording as the messages a phone would have sent: one a period, numbered from 0, in order. */
export function* recordingMessages(
  recording: Recording,
  options: RecordingMessagesOptions,
): Generator<SensorMessage, void, undefined> {
  const cursors = recording.sensors.map(() => 0);
  let sequence = 0;
  // From one period with samples to the next: a recording with a year's hole has few of them.
  for (;;) {
    const nextMs = recording.sensors.reduce(
      (earliest, { samples }, index) =>
        Math.min(earliest, samples.timesMs[cursors[index] ?? 0] ?? Number.POSITIVE_INFINITY),
      Number.POSITIVE_INFINITY,
    );
    if (nextMs === Number.POSITIVE_INFINITY) return;
    const period = Math.floor(nextMs / options.periodMs);
    const untilMs = (period + 1) * options.periodMs;
    const blocks = recording.sensors.map((sensor, index) => {
      const from = cursors[index] ?? 0;
      const to = firstNotBefore(sensor.samples.timesMs, untilMs, from);
      cursors[index] = to;
      return blockOf(sensor, from, to, options);
    });
    yield {
      device: options.device,
      receivedAtMs: options.startMs + untilMs,
      clock: 'epoch',
      clockZeroMs: undefined,
      session: options.session,
      sequence: sequence++,
      blocks: blocks.filter((block) => block.timesMs.length > 0),
    };
  }
}

function firstNotBefore(timesMs: Float64Array, timeMs: number, from: number): number {
  let index = from;
  while (index < timesMs.length && (timesMs[index] ?? 0) < timeMs) index += 1;
  return index;
}

function blockOf(
  sensor: RecordedSensor,
  from: number,
  to: number,
  options: RecordingMessagesOptions,
): SampleBlock {
  const values = sensor.samples.values.slice(from * AXIS_COUNT, to * AXIS_COUNT);
  return {
    sensor: sensor.kind,
    timesMs: sensor.samples.timesMs.slice(from, to).map((timeMs) => timeMs + options.startMs),
    values:
      options.units === 'si' && sensor.unit === 'g'
        ? values.map((value) => value * STANDARD_GRAVITY)
        : values,
  };
}

/** Recorded time a message covers, as phones send by default. */
const MESSAGE_PERIOD_MS = 1000;

/** The signatures of a recording, a row a second: what the stream makes of the same samples when a phone sends them. */
export function* signaturesOfRecording(
  recording: Recording,
  device: DeviceId,
  synchronise: SynchroniseOptions,
): Generator<SignatureRow, void, undefined> {
  const unguarded = { ...synchronise, futureMs: Infinity, earliestMs: -Infinity };
  const aligner = new DeviceAligner(device, unguarded, [COMPANY_GRID]);
  const extractor = new SignatureExtractor();
  function* rowsOf(first: readonly AlignedFrames[]): Generator<SignatureRow, void, undefined> {
    for (const frames of first) yield* extractor.add(frames);
    while (aligner.isBehind) for (const frames of aligner.advance()) yield* extractor.add(frames);
  }
  const { startMs, id } = recording;
  const messages = recordingMessages(recording, {
    device,
    startMs,
    periodMs: MESSAGE_PERIOD_MS,
    units: 'si',
    session: id,
  });
  for (const message of messages) yield* rowsOf(aligner.accept(message).frames);
  yield* rowsOf(aligner.flush());
}
