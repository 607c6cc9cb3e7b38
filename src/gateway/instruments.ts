import type { Logger } from 'pino';
import { Subject } from 'rxjs';
import type { Config } from '../config/schema.js';
import type { DeviceId } from '../domain/ids.js';
import type { LedgerSnapshot } from '../domain/ledger.js';
import type { LiveFeed } from '../http/live-feed.js';
import { Notifier } from '../notify/notifier.js';
import type { Clock } from '../shared/clock.js';
import { createEvents, type Events } from '../telemetry/events.js';
import { createLedger, type Ledger } from '../telemetry/ledger.js';
import { createMetrics, type Metrics } from '../telemetry/metrics.js';
import { Backpressure } from './backpressure.js';
import { DeviceRegistry } from './device-registry.js';
import { WindowLedger } from './window-ledger.js';

/** A device came, or went. */
export interface Presence {
  readonly device: DeviceId;
  readonly isOnline: boolean;
  readonly atMs: number;
}

export interface InstrumentDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly liveFeed: LiveFeed;
  /** How much the parts hold, each asked when it is to be told: the parts come after the instruments. */
  readonly held: {
    readonly journalMessages: () => number;
    readonly frames: () => number;
    readonly ledger: () => LedgerSnapshot;
  };
}

/** What counts, remembers and tells, and is there before anything happens. */
export interface Instruments {
  readonly clock: Clock;
  readonly events: Events;
  readonly ledger: Ledger;
  readonly metrics: Metrics;
  readonly windows: WindowLedger;
  readonly registry: DeviceRegistry;
  readonly presence$: Subject<Presence>;
  readonly liveFeed: LiveFeed;
  readonly notifier: Notifier;
  readonly backpressure: Backpressure;
}

export function createInstruments(
  config: Config,
  { clock, logger, liveFeed, held }: InstrumentDependencies,
): Instruments {
  const ledger = createLedger(() => windows.pending, held.frames);
  const queues = () => ({
    pending_windows: windows.pending,
    journal_messages: held.journalMessages(),
    frames: held.frames(),
  });
  const metrics = createMetrics({ ledger: held.ledger, queues });
  const events = createEvents({ logger, metrics, ledger, clock });
  const windows = new WindowLedger({ clock, events });
  const notifier = new Notifier(events);
  const presence$ = new Subject<Presence>();
  const registry = createRegistry(config, { events, liveFeed, presence$ });
  return {
    clock,
    events,
    ledger,
    metrics,
    windows,
    registry,
    presence$,
    liveFeed,
    notifier,
    backpressure: new Backpressure(),
  };
}

function createRegistry(
  { stream: { offlineMs, maxDevices } }: Config,
  { events, liveFeed, presence$ }: Pick<Instruments, 'events' | 'liveFeed' | 'presence$'>,
): DeviceRegistry {
  return new DeviceRegistry({
    offlineMs,
    maxDevices,
    onOnline: (id, atMs) => {
      events.deviceOnline(id);
      liveFeed.publish({ type: 'device', data: { id, online: true, atMs } });
      presence$.next({ device: id, isOnline: true, atMs });
    },
    onOffline: (id, atMs) => {
      events.deviceOffline(id);
      liveFeed.publish({ type: 'device', data: { id, online: false, atMs } });
      presence$.next({ device: id, isOnline: false, atMs });
    },
  });
}
