import { messageOf } from '../shared/errors.js';
import type { WindowSkipReason } from './ledger.js';
import { type EventDependencies, shorten, toSeconds, type Warn } from './log-warning.js';

/** What happens to windows. */
export interface WindowEvents {
  windowsDue(count: number): void;
  /** @param latencyMs from the arrival of the message that completed the window; `undefined` where none did */
  windowStored(latencyMs: number | undefined): void;
  windowsSkipped(reason: WindowSkipReason, count: number): void;
}

export function windowEvents({ ledger, metrics }: EventDependencies, warn: Warn): WindowEvents {
  return {
    windowsDue: ledger.windowsDue,
    windowStored: (latencyMs) => {
      ledger.windowsStored(1);
      if (latencyMs !== undefined) metrics.resultLatencySeconds.observe(toSeconds(latencyMs));
    },
    windowsSkipped: (reason, count) => {
      ledger.windowsSkipped(reason, count);
      // Low coverage is daily life (a phone in a tunnel), placement is as people said; the others mean that the gateway fell short.
      if (reason !== 'low-coverage' && reason !== 'placement')
        warn(`windows-skipped/${reason}`, { reason, count }, 'windows skipped');
    },
  };
}

/** What happens to models. */
export interface ModelEvents {
  modelActivated(model: string, version: string): void;
  modelRefused(model: string, error: unknown): void;
  /** A model that knows simulated people only is to speak of phones that may be real. */
  modelIsSimulated(model: string): void;
  /** Statuses of these targets are smoothed: the model's manifest has no filter for them. */
  modelLacksFilter(model: string, targets: readonly string[]): void;
  /** A model that never sets a status, since one before it tells the same of the same devices. */
  modelsCompete(competition: {
    readonly target: string;
    readonly placement: string;
    readonly first: string;
    readonly unheard: string;
  }): void;
  inferenceRun(model: string, windows: number, durationMs: number): void;
  inferenceFailed(model: string, error: unknown): void;
  /** A model runs on another engine than the fastest one; `reasons` say why, an engine each. */
  fasterEngineNotUsed(model: string, reasons: readonly string[]): void;
  /** A thread that runs models ended without being asked to; another takes its place after `restartInMs`. */
  inferenceWorkerLost(loss: { readonly message: string; readonly restartInMs: number }): void;
}

export function modelEvents({ logger, metrics }: EventDependencies, warn: Warn): ModelEvents {
  return {
    modelActivated: (model, version) => logger.info({ model, version }, 'model active'),
    modelRefused: (model, error) => logger.error({ model, error: messageOf(error) }, 'model refused'),
    modelIsSimulated: (model) =>
      logger.warn(
        { model },
        'model was made on simulated people: its answers about real people mean nothing; remove it from models.active',
      ),
    modelLacksFilter: (model, targets) =>
      logger.info(
        { model, targets },
        'model has no learnt filter, or one without calibration: its statuses follow track.smoothingMs, hysteresis and dwellMs',
      ),
    modelsCompete: ({ target, placement, first, unheard }) =>
      logger.warn(
        { target, placement, model: first, unheard },
        'two models tell one target of devices worn at one place: the first in models.active decides; take the other out, or name it in models.candidates to compare the two',
      ),
    inferenceRun: (model, windows, durationMs) => {
      metrics.inferenceBatchWindows.observe({ model }, windows);
      metrics.inferenceSeconds.observe({ model }, toSeconds(durationMs));
    },
    inferenceFailed: (model, error) =>
      warn(`inference-failed/${model}`, { model, error: messageOf(error) }, 'model could not be run'),
    fasterEngineNotUsed: (model, reasons) =>
      logger.debug({ model, reasons }, 'no faster engine for the model'),
    inferenceWorkerLost: ({ message, restartInMs }) => {
      metrics.inferenceWorkersLost.inc();
      warn('inference-worker-lost', { error: message, restartInMs }, 'inference worker lost; it is replaced');
    },
  };
}

/** What happens to results that wait on the disk. */
export interface OutboxEvents {
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
}

export function outboxEvents({ logger, metrics }: EventDependencies, warn: Warn): OutboxEvents {
  return {
    outboxHolds: (points, bytes) => {
      metrics.outboxPoints.set(points);
      metrics.outboxBytes.set(bytes);
    },
    outboxRestored: (windows) => logger.info({ windows }, 'windows of an earlier run wait for the store'),
    outboxExpired: (reason, points) => {
      metrics.outboxExpired.inc({ reason }, points);
      warn(`outbox-expired/${reason}`, { reason, points }, 'results were dropped before they were written');
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

/** What happens at the store. */
export interface StoreEvents {
  storeWritten(durationMs: number): void;
  /** The store will never take these points. */
  storeRefused(points: number, words: string): void;
  /** The write failed and is tried again. */
  storeFailed(durationMs: number, error: unknown): void;
  storeRecovered(): void;
  /** The embedded store was damaged, and has been renamed. */
  storeSetAside(aside: string, detail: string): void;
  /** Said once: what an operator has to set up at the server. */
  storeSetUpNeeded(words: string): void;
}

export function storeEvents({ logger, metrics }: EventDependencies, warn: Warn): StoreEvents {
  return {
    storeWritten: (durationMs) =>
      metrics.storeWriteSeconds.observe({ outcome: 'written' }, toSeconds(durationMs)),
    storeRefused: (points, words) =>
      warn('store-refused', { points, words: shorten(words) }, 'the store refused points for good'),
    storeFailed: (durationMs, error) => {
      metrics.storeWriteSeconds.observe({ outcome: 'failed' }, toSeconds(durationMs));
      warn('store-failed', { error: messageOf(error) }, 'the store could not be written');
    },
    storeRecovered: () => logger.info('the store works again'),
    storeSetUpNeeded: (words) => logger.warn(words),
    storeSetAside: (aside, detail) =>
      logger.error({ aside, detail }, 'the store was damaged; it was set aside and a new one begun'),
  };
}
