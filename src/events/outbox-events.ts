import { messageOf } from '../shared/errors.js';
import type { Warn } from '../telemetry/log-warning.js';
import type { EventDependencies } from './event-dependencies.js';

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
