import type { Logger } from 'pino';
import type { Clock } from '../shared/clock.js';
import type { Ledger } from '../telemetry/ledger.js';
import type { Metrics } from '../telemetry/metrics.js';

export interface EventDependencies {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly ledger: Ledger;
  readonly clock: Clock;
}
