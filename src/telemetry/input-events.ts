import type { ForgetReport } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { ImageTimings } from '../domain/image.js';
import type { FrameRejectReason, MessageRejectReason, RecordedFate, SampleFate } from '../domain/ledger.js';
import { messageOf } from '../shared/errors.js';
import type { Fault } from '../shared/faults.js';
import { type EventDependencies, shorten, toSeconds, type Warn } from './log-warning.js';

/** A message that was refused, as far as a log may know it: no payload. */
interface Rejection {
  readonly reason: MessageRejectReason;
  /** An MQTT topic or an HTTP path. */
  readonly topic: string;
  /** What is wrong, in words, without values from the payload. */
  readonly detail: string;
}

/** What happens to messages and their samples. */
export interface MessageEvents {
  messageReceived(): void;
  messageAccepted(): void;
  messageRejected(rejection: Rejection): void;
  /** Something threw in the data path; the stream goes on. */
  stageFailed(fault: Fault): void;
  samplesAccepted(count: number): void;
  samplesSettled(fate: SampleFate, count: number): void;
  sensorIgnored(name: string, samples: number): void;
}

export function messageEvents({ ledger }: EventDependencies, warn: Warn): MessageEvents {
  return {
    messageReceived: ledger.messageReceived,
    messageAccepted: ledger.messageAccepted,
    messageRejected: ({ reason, topic, detail }) => {
      ledger.messageRejected(reason);
      const fields = { reason, topic: shorten(topic), detail: shorten(detail) };
      warn(`message-rejected/${reason}`, fields, 'message rejected');
    },
    stageFailed: ({ stage, error }) =>
      warn(`stage-failed/${stage}`, { stage, err: error }, 'a fault in the data path; please report it'),
    samplesAccepted: ledger.samplesAccepted,
    samplesSettled: ledger.samplesSettled,
    sensorIgnored: ledger.sensorIgnored,
  };
}

/** What happens to devices, to who may use them, and to what is kept of them. */
export interface DeviceEvents {
  deviceOnline(device: DeviceId): void;
  deviceOffline(device: DeviceId): void;
  /** Work that is done again and again failed; its next round comes in its time. */
  roundFailed(work: string, error: unknown): void;
  /** Credentials are in force: at the start, and whenever they changed. */
  credentialsLoaded(counts: { readonly devices: number; readonly tokens: number }): void;
  credentialsUnreadable(words: string): void;
  /** Results that have outlived their use could not be removed; that is tried again in an hour. */
  retentionFailed(error: unknown): void;
  /** A device was forgotten, or something of it is left. */
  deviceForgotten(report: ForgetReport): void;
}

export function deviceEvents({ logger }: EventDependencies, warn: Warn): DeviceEvents {
  return {
    deviceOnline: (device) => logger.debug({ device }, 'device online'),
    deviceOffline: (device) => logger.debug({ device }, 'device offline'),
    roundFailed: (work, error) =>
      warn(
        `round-failed/${work}`,
        { work, error: messageOf(error) },
        'regular work failed; it is tried again',
      ),
    credentialsLoaded: ({ devices, tokens }) =>
      logger.info(
        { devices, tokens },
        devices + tokens === 0 ? 'no credentials: only this machine is served' : 'credentials in force',
      ),
    credentialsUnreadable: (words) => logger.error({ error: words }, 'credentials could not be read'),
    retentionFailed: (error) => logger.error({ error: messageOf(error) }, 'old results could not be removed'),
    deviceForgotten: ({ removed, parts }) => {
      const left = parts.filter((part) => !part.removed);
      if (removed) logger.info('a device was forgotten');
      else logger.error({ left }, 'a device was not forgotten everywhere');
    },
  };
}

/** What happens to pictures. */
export interface FrameEvents {
  frameReceived(): void;
  frameClassified(): void;
  frameRejected(reason: FrameRejectReason, detail: string): void;
  /** A frame could not be kept on the disk. */
  frameNotKept(error: unknown): void;
  /** A model that looks at people lacks its network for finding them. */
  peopleNotSought(words: string): void;
  /** A picture has its labels, wherever it came from. */
  imageClassified(timings: ImageTimings): void;
}

export function frameEvents({ ledger, metrics }: EventDependencies, warn: Warn): FrameEvents {
  return {
    frameReceived: ledger.frameReceived,
    frameClassified: ledger.frameClassified,
    frameRejected: (reason, detail) => {
      ledger.frameRejected(reason);
      warn(`frame-rejected/${reason}`, { reason, detail: shorten(detail) }, 'frame rejected');
    },
    frameNotKept: (error) =>
      warn('frame-not-kept', { error: messageOf(error) }, 'a frame could not be kept on the disk'),
    peopleNotSought: (words) => warn('people-not-sought', {}, words),
    imageClassified: ({ decodeMs, inferMs }) => {
      metrics.imageSeconds.observe({ step: 'decode' }, toSeconds(decodeMs));
      metrics.imageSeconds.observe({ step: 'infer' }, toSeconds(inferMs));
    },
  };
}

/** What happens to recordings and labels. */
export interface RecordingEvents {
  samplesRecorded(fate: RecordedFate, count: number): void;
  /** A label was kept in a recording, or there was none it belongs to, or it could not be written. */
  labelTaken(outcome: 'kept' | 'not-recorded' | 'failed'): void;
  recordingBegun(device: DeviceId, id: string): void;
  recordingEnded(device: DeviceId, id: string): void;
  /** Something could not be recorded; it is tried again. */
  recordingFailed(error: unknown): void;
  /** The recordings have so many bytes. */
  recordingsHold(bytes: number): void;
  /** The recordings have reached their largest size: nothing more is recorded. */
  recordingsFull(bytes: number): void;
}

export function recordingEvents({ logger, metrics }: EventDependencies, warn: Warn): RecordingEvents {
  return {
    samplesRecorded: (fate, count) => {
      metrics.recordedSamples.inc({ fate }, count);
      if (fate === 'refused' || fate === 'failed')
        warn(`not-recorded/${fate}`, { fate, samples: count }, 'samples were not recorded');
    },
    labelTaken: (outcome) => metrics.labels.inc({ outcome }),
    recordingBegun: (device, recording) => logger.info({ device, recording }, 'recording'),
    recordingEnded: (device, recording) => logger.info({ device, recording }, 'recording complete'),
    recordingFailed: (error) =>
      warn('recording-failed', { error: messageOf(error) }, 'a recording could not be written'),
    recordingsHold: (bytes) => metrics.recordingBytes.set(bytes),
    recordingsFull: (bytes) =>
      logger.error({ bytes }, 'recordings have reached recording.maxBytes; nothing more is recorded'),
  };
}

/** What happens between the broker and the journal. */
export interface SourceEvents {
  /** Something in the journal was damaged; the words say what became of it. */
  journalDamaged(words: string): void;
  sourceConnected(source: string): void;
  sourceLost(source: string, error: unknown): void;
  /** A message could not be taken over. */
  deliveryFailed(error: unknown): void;
  /** A message had to be held for longer than its sender may be kept waiting. */
  holdExceeded(): void;
  /** The embedded broker turned a client, or a wish of one, away. */
  clientRefused(reason: string, address: string | undefined): void;
  statusPublishFailed(error: unknown): void;
}

export function sourceEvents({ logger }: EventDependencies, warn: Warn): SourceEvents {
  return {
    journalDamaged: (words) => logger.error(words),
    sourceConnected: (source) => logger.info({ source }, 'source connected'),
    sourceLost: (source, error) =>
      warn(`source-lost/${source}`, { source, error: messageOf(error) }, 'source lost; reconnecting'),
    deliveryFailed: (error) =>
      warn('delivery-failed', { error: messageOf(error) }, 'a message could not be taken over'),
    holdExceeded: () => warn('hold-exceeded', {}, 'a message was held for as long as its sender may wait'),
    clientRefused: (reason, address) =>
      warn(`client-refused/${reason}`, { reason, address }, 'the broker refused a client'),
    statusPublishFailed: (error) =>
      warn('status-failed', { error: messageOf(error) }, 'a status could not be published'),
  };
}
