import type { Logger } from 'pino';
import type { Clock } from './clock.js';
import type { ImageTimings } from './domain/apparel.js';
import type { ForgetReport } from './domain/device-keeper.js';
import type { DeviceId } from './domain/ids.js';
import type { FrameRejectReason, MessageRejectReason, SampleFate } from './domain/ledger.js';
import { messageOf } from './errors.js';
import type { HttpEvents } from './http/dependencies.js';
import type { Ledger, WindowSkipReason } from './ledger.js';
import { createLogLimit } from './log-limit.js';
import type { Metrics } from './metrics/metrics.js';
import { type NoticeEvents, noticeEvents } from './notice-events.js';
import type { RecordedFate } from './recordings/recorder-hooks.js';

/** A message that was refused, as far as a log may know it: no payload. */
export interface Rejection {
  readonly reason: MessageRejectReason;
  /** An MQTT topic or an HTTP path. */
  readonly topic: string;
  /** What is wrong, in words, without values from the payload. */
  readonly detail: string;
}

/**
 * The one place where business events are reported: each function counts in the ledger or a metric and, where a
 * person should know, logs. Lines that bad input or an outage can repeat appear at most once a minute a reason.
 */
export interface Events extends HttpEvents, NoticeEvents {
  messageReceived(): void;
  messageAccepted(): void;
  messageRejected(rejection: Rejection): void;
  samplesAccepted(count: number): void;
  samplesSettled(fate: SampleFate, count: number): void;
  sensorIgnored(name: string, samples: number): void;
  windowsDue(count: number): void;
  /** @param latencyMs from the arrival of the message that completed the window; `undefined` where none did */
  windowStored(latencyMs: number | undefined): void;
  windowsSkipped(reason: WindowSkipReason, count: number): void;
  inferenceRun(model: string, windows: number, durationMs: number): void;
  inferenceFailed(model: string, error: unknown): void;
  frameReceived(): void;
  frameClassified(): void;
  frameRejected(reason: FrameRejectReason, detail: string): void;
  /** A frame could not be kept on the disk. */
  frameNotKept(error: unknown): void;
  /** A picture has its labels, wherever it came from. */
  imageClassified(timings: ImageTimings): void;
  storeWritten(durationMs: number): void;
  /** The store will never take these points. */
  storeRefused(points: number, words: string): void;
  /** The write failed and is tried again. */
  storeFailed(durationMs: number, error: unknown): void;
  storeRecovered(): void;
  /** The embedded store was damaged, and has been renamed. */
  storeSetAside(aside: string, detail: string): void;
  /** So many results wait on the disk for the store. */
  outboxHolds(points: number, bytes: number): void;
  /** Windows that an earlier run has left wait on the disk. */
  outboxRestored(windows: number): void;
  /** Results went from the disk without having been written. */
  outboxExpired(reason: string, points: number): void;
  /** Results cannot be kept on the disk; they wait in memory and that is tried again. */
  outboxFailed(error: unknown): void;
  outboxRecovered(): void;
  /** The outbox was damaged, and has been renamed. */
  outboxSetAside(aside: string, detail: string): void;
  /** Results that the store refused for good lie among the dead letters. */
  deadLettersWritten(letters: number): void;
  deadLettersDeleted(letters: number): void;
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
  deviceOnline(device: DeviceId): void;
  deviceOffline(device: DeviceId): void;
  /** Credentials are in force: at the start, and whenever they changed. */
  credentialsLoaded(counts: { readonly devices: number; readonly tokens: number }): void;
  credentialsUnreadable(words: string): void;
  /** Results that have outlived their use could not be removed; that is tried again in an hour. */
  retentionFailed(error: unknown): void;
  /** A device was forgotten, or something of it is left. */
  deviceForgotten(report: ForgetReport): void;
  samplesRecorded(fate: RecordedFate, count: number): void;
  /** A label was kept in a recording, or there was none it belongs to. */
  labelTaken(outcome: 'kept' | 'not-recorded'): void;
  recordingBegun(device: DeviceId, id: string): void;
  recordingEnded(device: DeviceId, id: string): void;
  /** Something could not be recorded; it is tried again. */
  recordingFailed(error: unknown): void;
  /** The recordings have so many bytes. */
  recordingsHold(bytes: number): void;
  /** The recordings have reached their largest size: nothing more is recorded. */
  recordingsFull(bytes: number): void;
  modelActivated(model: string, version: string): void;
  modelRefused(model: string, error: unknown): void;
}

export interface EventDependencies {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly ledger: Ledger;
  readonly clock: Clock;
}

const LOG_INTERVAL_MS = 60_000;
/** Topics and reasons come from outside: a line stays a line. */
const MAX_LOGGED_CHARACTERS = 200;
const MS_PER_SECOND = 1000;

export function createEvents(dependencies: EventDependencies): Events {
  const warn = createWarner(dependencies.logger, dependencies.clock);
  return {
    ...messageEvents(dependencies, warn),
    ...windowEvents(dependencies, warn),
    ...frameEvents(dependencies, warn),
    ...storeEvents(dependencies, warn),
    ...outboxEvents(dependencies, warn),
    ...partEvents(dependencies, warn),
    ...noticeEvents(dependencies, warn),
    ...recordingEvents(dependencies, warn),
    ...httpEvents(dependencies, warn),
  };
}

type Warn = (key: string, fields: Readonly<Record<string, unknown>>, text: string) => void;

function createWarner(logger: Logger, clock: Clock): Warn {
  const limit = createLogLimit(LOG_INTERVAL_MS);
  return (key, fields, text) => {
    const heldBack = limit.pass(key, clock.nowMs());
    if (heldBack === undefined) return;
    logger.warn(heldBack === 0 ? fields : { ...fields, heldBack }, text);
  };
}

type MessageEvents = Pick<
  Events,
  | 'messageReceived'
  | 'messageAccepted'
  | 'messageRejected'
  | 'samplesAccepted'
  | 'samplesSettled'
  | 'sensorIgnored'
>;

function messageEvents({ ledger }: EventDependencies, warn: Warn): MessageEvents {
  return {
    messageReceived: ledger.messageReceived,
    messageAccepted: ledger.messageAccepted,
    messageRejected: ({ reason, topic, detail }) => {
      ledger.messageRejected(reason);
      const fields = { reason, topic: shorten(topic), detail: shorten(detail) };
      warn(`message-rejected/${reason}`, fields, 'message rejected');
    },
    samplesAccepted: ledger.samplesAccepted,
    samplesSettled: ledger.samplesSettled,
    sensorIgnored: ledger.sensorIgnored,
  };
}

type WindowEvents = Pick<
  Events,
  'windowsDue' | 'windowStored' | 'windowsSkipped' | 'inferenceRun' | 'inferenceFailed'
>;

function windowEvents({ ledger, metrics }: EventDependencies, warn: Warn): WindowEvents {
  return {
    windowsDue: ledger.windowsDue,
    windowStored: (latencyMs) => {
      ledger.windowsStored(1);
      if (latencyMs !== undefined) metrics.resultLatencySeconds.observe(latencyMs / MS_PER_SECOND);
    },
    windowsSkipped: (reason, count) => {
      ledger.windowsSkipped(reason, count);
      // Low coverage is daily life (a phone in a tunnel); the others mean that the gateway fell short.
      if (reason !== 'low-coverage') warn(`windows-skipped/${reason}`, { reason, count }, 'windows skipped');
    },
    inferenceRun: (model, windows, durationMs) => {
      metrics.inferenceBatchWindows.observe({ model }, windows);
      metrics.inferenceSeconds.observe({ model }, durationMs / MS_PER_SECOND);
    },
    inferenceFailed: (model, error) =>
      warn(`inference-failed/${model}`, { model, error: messageOf(error) }, 'model could not be run'),
  };
}

type FrameEvents = Pick<
  Events,
  'frameReceived' | 'frameClassified' | 'frameRejected' | 'frameNotKept' | 'imageClassified'
>;

function frameEvents({ ledger, metrics }: EventDependencies, warn: Warn): FrameEvents {
  return {
    frameReceived: ledger.frameReceived,
    frameClassified: ledger.frameClassified,
    frameRejected: (reason, detail) => {
      ledger.frameRejected(reason);
      warn(`frame-rejected/${reason}`, { reason, detail: shorten(detail) }, 'frame rejected');
    },
    frameNotKept: (error) =>
      warn('frame-not-kept', { error: messageOf(error) }, 'a frame could not be kept on the disk'),
    imageClassified: ({ decodeMs, inferMs }) => {
      metrics.imageSeconds.observe({ step: 'decode' }, decodeMs / MS_PER_SECOND);
      metrics.imageSeconds.observe({ step: 'infer' }, inferMs / MS_PER_SECOND);
    },
  };
}

type StoreEvents = Pick<
  Events,
  'storeWritten' | 'storeRefused' | 'storeFailed' | 'storeRecovered' | 'storeSetAside'
>;

function storeEvents({ logger, metrics }: EventDependencies, warn: Warn): StoreEvents {
  return {
    storeWritten: (durationMs) =>
      metrics.storeWriteSeconds.observe({ outcome: 'written' }, durationMs / MS_PER_SECOND),
    storeRefused: (points, words) =>
      warn('store-refused', { points, words: shorten(words) }, 'the store refused points for good'),
    storeFailed: (durationMs, error) => {
      metrics.storeWriteSeconds.observe({ outcome: 'failed' }, durationMs / MS_PER_SECOND);
      warn('store-failed', { error: messageOf(error) }, 'the store could not be written');
    },
    storeRecovered: () => logger.info('the store works again'),
    storeSetAside: (aside, detail) =>
      logger.error({ aside, detail }, 'the store was damaged; it was set aside and a new one begun'),
  };
}

type OutboxEvents = Pick<
  Events,
  | 'outboxHolds'
  | 'outboxRestored'
  | 'outboxExpired'
  | 'outboxFailed'
  | 'outboxRecovered'
  | 'outboxSetAside'
  | 'deadLettersWritten'
  | 'deadLettersDeleted'
>;

function outboxEvents({ logger, metrics }: EventDependencies, warn: Warn): OutboxEvents {
  return {
    outboxHolds: (points, bytes) => {
      metrics.outboxPoints.set(points);
      metrics.outboxBytes.set(bytes);
    },
    outboxRestored: (windows) => logger.info({ windows }, 'windows of an earlier run wait for the store'),
    outboxExpired: (reason, points) => {
      metrics.outboxExpired.inc({ reason }, points);
      warn(`outbox-expired/${reason}`, { reason, points }, 'results were let go that had not been written');
    },
    outboxFailed: (error) =>
      warn('outbox-failed', { error: messageOf(error) }, 'results cannot be kept on the disk'),
    outboxRecovered: () => logger.info('results are kept on the disk again'),
    outboxSetAside: (aside, detail) =>
      logger.error({ aside, detail }, 'the outbox was damaged; it was set aside and a new one begun'),
    deadLettersWritten: (letters) => metrics.deadLetters.inc(letters),
    deadLettersDeleted: (letters) => {
      metrics.deadLettersDeleted.inc(letters);
      warn('dead-letters-deleted', { letters }, 'the oldest dead letters were deleted to make room');
    },
  };
}

type PartEvents = Pick<
  Events,
  | 'journalDamaged'
  | 'sourceConnected'
  | 'sourceLost'
  | 'deliveryFailed'
  | 'holdExceeded'
  | 'clientRefused'
  | 'statusPublishFailed'
  | 'deviceOnline'
  | 'deviceOffline'
  | 'credentialsLoaded'
  | 'credentialsUnreadable'
  | 'retentionFailed'
  | 'deviceForgotten'
  | 'modelActivated'
  | 'modelRefused'
>;

function partEvents({ logger }: EventDependencies, warn: Warn): PartEvents {
  return {
    journalDamaged: (words) => logger.error(words),
    sourceConnected: (source) => logger.info({ source }, 'source connected'),
    sourceLost: (source, error) =>
      warn(`source-lost/${source}`, { source, error: messageOf(error) }, 'source lost; reconnecting'),
    deliveryFailed: (error) =>
      warn('delivery-failed', { error: messageOf(error) }, 'a message could not be taken over'),
    holdExceeded: () => warn('hold-exceeded', {}, 'a message was held for as long as its sender may wait'),
    clientRefused: (reason, address) =>
      warn(`client-refused/${reason}`, { reason, address }, 'the broker turned a client away'),
    statusPublishFailed: (error) =>
      warn('status-failed', { error: messageOf(error) }, 'a status could not be published'),
    deviceOnline: (device) => logger.debug({ device }, 'device online'),
    deviceOffline: (device) => logger.debug({ device }, 'device offline'),
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
    modelActivated: (model, version) => logger.info({ model, version }, 'model active'),
    modelRefused: (model, error) => logger.error({ model, error: messageOf(error) }, 'model refused'),
  };
}

type RecordingEvents = Pick<
  Events,
  | 'samplesRecorded'
  | 'labelTaken'
  | 'recordingBegun'
  | 'recordingEnded'
  | 'recordingFailed'
  | 'recordingsHold'
  | 'recordingsFull'
>;

function recordingEvents({ logger, metrics }: EventDependencies, warn: Warn): RecordingEvents {
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

function httpEvents({ logger, metrics }: EventDependencies, warn: Warn): HttpEvents {
  return {
    liveClientJoined: () => metrics.liveClients.inc(),
    liveClientLeft: (reason) => {
      metrics.liveClients.dec();
      metrics.liveClientsLeft.inc({ reason });
      if (reason === 'too-slow') warn('live-client-too-slow', {}, 'live client disconnected: too slow');
    },
    httpAnswered: ({ method, route, status, durationMs }) => {
      metrics.httpRequestSeconds.observe(
        { method, route, status: String(status) },
        durationMs / MS_PER_SECOND,
      );
      logger.debug({ method, route, status, durationMs }, 'http request');
    },
    accessRefused: ({ status, scope, address }) =>
      warn(`access-refused/${status}`, { status, scope, address }, 'a request was refused for who asked'),
    httpFailed: (requestId, error) =>
      warn('http-failed', { requestId, err: error }, 'http request failed unexpectedly'),
  };
}

function shorten(text: string): string {
  return text.length <= MAX_LOGGED_CHARACTERS ? text : `${text.slice(0, MAX_LOGGED_CHARACTERS)}…`;
}
