import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import type { Ledger } from '../ledger.js';
import type { Metrics } from '../metrics/metrics.js';

export interface EventDependencies {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly ledger: Ledger;
  readonly clock: Clock;
}
