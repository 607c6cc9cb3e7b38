import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import type { DeviceKeeper } from '../domain/erasable.js';
import type { SensorMessage } from '../domain/samples.js';
import { Recorder } from '../recordings/recorder.js';
import { expireRecordings } from '../recordings/recordings-folder.js';
import type { Clock } from '../shared/clock.js';
import type { DeviceAligner } from '../stream/synchronise/device-aligner.js';
import type { Events } from '../telemetry/events.js';
import type { RecordingHooks } from './stage-hooks.js';

const HOUR_MS = 3_600_000;

/** Where the gateway keeps its recordings. */
export function recordingsFolder({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'recordings');
}

/** Whether what a device sends is recorded. */
export function isRecorded({ devices, recording }: Config, device: string): boolean {
  return (devices[device]?.recording ?? recording.default) === 'on';
}

/** Opens the recordings, and goes on with those that an earlier run left unfinished. */
export async function openRecorder(
  config: Config,
  { clock, events }: { readonly clock: Clock; readonly events: Events },
): Promise<Recorder> {
  const { recording, stream, devices } = config;
  return await Recorder.open(
    {
      folder: recordingsFolder(config),
      isRecorded: (device) => isRecorded(config, device),
      subjectOf: (device) => devices[device]?.subject ?? device,
      holdMs: stream.gapWaitMs,
      silenceMs: recording.silenceMs,
      maxSpanMs: recording.maxHours * HOUR_MS,
      openLabelMs: recording.openLabelMs,
      maxBytes: recording.maxBytes,
      hooks: {
        onSamples: events.samplesRecorded,
        onLabel: events.labelTaken,
        onBegun: events.recordingBegun,
        onEnded: events.recordingEnded,
        onFailed: events.recordingFailed,
        onFull: events.recordingsFull,
      },
    },
    clock.nowMs(),
  );
}

/** Writes what is old enough, and says how much there is. */
export async function writeRecordings(
  recorder: Recorder,
  { clock, events }: { readonly clock: Clock; readonly events: Pick<Events, 'recordingsHold'> },
): Promise<void> {
  await recorder.flush(clock.nowMs());
  events.recordingsHold(recorder.bytes);
}

/** What the stages see, as the recorder takes it. */
export function recordingHooks({ stream }: Config, recorder: Recorder): RecordingHooks {
  return {
    samples: (message, { isClockSetBack }, aligner) => {
      if (isClockSetBack) recorder.clockSetBack(message.device);
      recordMessage(recorder, stream, message, aligner);
    },
    labels: async (labels, receivedAtMs) => {
      const kept = await Promise.all(labels.map((label) => recorder.label(label, receivedAtMs)));
      return kept.every(Boolean);
    },
  };
}

/** Hands a message's believable samples to the recorder, on the epoch's clock. */
function recordMessage(
  recorder: Recorder,
  { futureMs, earliest }: Pick<Config['stream'], 'futureMs' | 'earliest'>,
  { device, receivedAtMs, blocks }: SensorMessage,
  aligner: Pick<DeviceAligner, 'toEpochMs'>,
): void {
  if (!recorder.isRecorded(device)) return;
  const [fromMs, toMs] = [Date.parse(earliest), receivedAtMs + futureMs];
  const toBelievable = (deviceMs: number): number => {
    const timeMs = aligner.toEpochMs(deviceMs);
    return timeMs >= fromMs && timeMs <= toMs ? timeMs : Number.NaN;
  };
  const mapped = blocks.map(({ sensor, timesMs, values }) => {
    return { sensor, values, timesMs: timesMs.map(toBelievable) };
  });
  recorder.take(device, mapped, receivedAtMs);
}

/** The recording of a device that is being written: it is let go of before its files go. */
export function recordingUnderWayKeeper(recorder: Recorder): DeviceKeeper {
  return {
    name: 'recording under way',
    forget: (device) => recorder.forget(device),
    holds: (device) => Promise.resolve(recorder.holds(device)),
  };
}

/** Removes recordings that have outlived their use. */
export async function expireOldRecordings(
  config: Pick<Config, 'dataDir'>,
  recorder: Pick<Recorder, 'recount'>,
  beforeMs: number,
): Promise<void> {
  if ((await expireRecordings(recordingsFolder(config), beforeMs)) > 0) await recorder.recount();
}
