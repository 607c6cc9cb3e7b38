import type { EventDependencies } from '../events/event-dependencies.js';
import { toSeconds } from '../events/to-seconds.js';
import type { WindowSkipReason } from './ledger.js';
import type { Warn } from './log-warning.js';

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
      // Low coverage is daily life (a phone in a tunnel); the others mean that the gateway fell short.
      if (reason !== 'low-coverage') warn(`windows-skipped/${reason}`, { reason, count }, 'windows skipped');
    },
  };
}
