import { messageOf } from '../shared/errors.js';
import type { Warn } from '../telemetry/log-warning.js';
import type { EventDependencies } from './event-dependencies.js';

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
      warn(`client-refused/${reason}`, { reason, address }, 'the broker turned a client away'),
    statusPublishFailed: (error) =>
      warn('status-failed', { error: messageOf(error) }, 'a status could not be published'),
  };
}
