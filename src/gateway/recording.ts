import { join } from 'node:path';
import type { OperatorFunction } from 'rxjs';
import type { Config } from '../config/schema.js';
import type { Erasable } from '../domain/erasable.js';
import type { LabelEvent } from '../domain/message.js';
import { PLACEMENTS } from '../domain/samples.js';
import { Recorder } from '../recordings/recorder.js';
import { expireRecordings } from '../recordings/recordings-folder.js';
import type { Clock } from '../shared/clock.js';
import { messageStage, type OnFault } from '../shared/faults.js';
import type { Synchronised, TakenSamples } from '../stream/synchronise/synchronise.js';
import type { Events } from '../telemetry/events.js';
import type { Placements } from './placements.js';

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
  {
    clock,
    events,
    placements,
  }: { readonly clock: Clock; readonly events: Events; readonly placements: Pick<Placements, 'of'> },
): Promise<Recorder> {
  const { recording, stream, devices } = config;
  return await Recorder.open(
    {
      folder: recordingsFolder(config),
      isRecorded: (device) => isRecorded(config, device),
      subjectOf: (device) => devices[device]?.subject ?? device,
      placementOf: (device) => PLACEMENTS.find((place) => place === placements.of(device)),
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

/** Where labels are written; resolves to whether there is a recording they belong to. */
export type KeepLabels = (labels: readonly LabelEvent[], receivedAtMs: number) => Promise<boolean>;

export function labelWriter(recorder: Pick<Recorder, 'label'>): KeepLabels {
  return async (labels, receivedAtMs) => {
    const kept = await Promise.all(labels.map((label) => recorder.label(label, receivedAtMs)));
    return kept.every(Boolean);
  };
}

export interface RecordOptions {
  readonly recorder: Pick<Recorder, 'clockSetBack' | 'isRecorded' | 'take'>;
  readonly keepLabels: KeepLabels;
  readonly believable: Pick<Config['stream'], 'futureMs' | 'earliest'>;
}

/** What was handed to the recorder; `labels` resolves to whether there is a recording that they belong to. */
export type Recorded = Synchronised & { readonly labels?: Promise<boolean> | undefined };

/** Hands samples and labels to the recorder. Labels from the journal are left out: the run that took them has written them. */
export function record(
  { recorder, keepLabels, believable }: RecordOptions,
  onFault?: OnFault,
): OperatorFunction<Synchronised, Recorded> {
  return messageStage('record', onFault, (value, emit) => {
    if (value.type !== 'message') {
      emit(value);
      return;
    }
    const { content, message, taken } = value;
    if (taken !== undefined) {
      if (taken.accepted.isClockSetBack) recorder.clockSetBack(content.device);
      recordSamples(recorder, believable, taken);
    }
    if (content.labels.length === 0 || message.recovery !== undefined) {
      emit(value);
      return;
    }
    const labels = keepLabels(content.labels, message.receivedAtMs);
    // Nobody waits for it when a stage rejects the message meanwhile.
    labels.catch(() => undefined);
    emit({ ...value, labels });
  });
}

/** Hands a message's believable samples to the recorder, on the epoch's clock. */
function recordSamples(
  recorder: RecordOptions['recorder'],
  { futureMs, earliest }: RecordOptions['believable'],
  { aligner, message: { device, receivedAtMs, blocks } }: TakenSamples,
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
export function erasableRecordingUnderWay(recorder: Recorder): Erasable {
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
