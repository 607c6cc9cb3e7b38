import type { Logger } from 'pino';
import { asyncScheduler, lastValueFrom, tap } from 'rxjs';
import type { Clock } from './clock.js';
import { Closers } from './closers.js';
import type { Config } from './config/schema.js';
import type { DeviceInfo } from './domain/device-info.js';
import type { LedgerSnapshot } from './domain/ledger.js';
import type { RawMessage } from './domain/raw-message.js';
import type { Store } from './domain/store.js';
import { createEvents, type Events } from './events.js';
import { DeviceRegistry } from './gateway/device-registry.js';
import { FlowGate } from './gateway/flow-gate.js';
import { healthReport } from './gateway/health-report.js';
import { Intake } from './gateway/intake.js';
import { openSource } from './gateway/open-source.js';
import { openStore } from './gateway/open-store.js';
import { PendingWindows } from './gateway/pending-windows.js';
import { pipelineStages } from './gateway/pipeline-stages.js';
import { ResultHub } from './gateway/result-hub.js';
import { stageHooks } from './gateway/stage-hooks.js';
import { startStoreSink } from './gateway/store-sink.js';
import { createTimelineBuilder } from './gateway/timeline-builder.js';
import { WindowAccounts } from './gateway/window-accounts.js';
import { createHttpApp } from './http/app.js';
import { createLiveFeed, type LiveFeed } from './http/live-feed.js';
import { createMetrics } from './http/metrics.js';
import { startInferencePool } from './infer/inference-pool.js';
import { startModelHost } from './infer/model-host.js';
import { createLedger } from './ledger.js';
import { createPipeline } from './pipeline.js';
import { startMqttStatusSink } from './sinks/mqtt-status-sink.js';

/** Events kept for live clients that come back. */
const LIVE_EVENTS_KEPT = 20_000;
/** How often devices that have gone silent are looked for, milliseconds. */
const SWEEP_MS = 1000;

export interface GatewayDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** Compiled file of the inference worker; by default beside its module. */
  readonly workerUrl?: URL;
  /** Folder of built pages; without one `/` lists the endpoints. */
  readonly pagesFolder?: string;
}

/** A running gateway. Disposing of it stops taking messages, finishes what was taken, and says goodbye to the broker. */
export interface Gateway extends AsyncDisposable {
  readonly httpUrl: string;
  /** Where phones publish. */
  readonly mqttUrl: string;
  readonly store: Store;
  readonly liveFeed: LiveFeed;
  readonly devices: () => readonly DeviceInfo[];
  readonly ledger: () => LedgerSnapshot;
}

/**
 * Puts the gateway together and starts it.
 *
 * @throws GatewayError when a part cannot start; what was started before is stopped again
 */
export async function startGateway(config: Config, dependencies: GatewayDependencies): Promise<Gateway> {
  const closers = new Closers();
  try {
    return await start(config, dependencies, closers);
  } catch (error) {
    await closers[Symbol.asyncDispose]().catch(() => undefined);
    throw error;
  }
}

async function start(config: Config, dependencies: GatewayDependencies, closers: Closers): Promise<Gateway> {
  const { clock, logger } = dependencies;
  const store = closers.add(await openStore(config));
  const { workers, maxBatch } = config.infer;
  const { workerUrl } = dependencies;
  const pool = closers.add(
    startInferencePool({ workers, maxBatch, ...(workerUrl === undefined ? {} : { workerUrl }) }),
  );
  const { dir: directory, active } = config.models;
  const models = closers.add(await startModelHost({ directory, active, pool }));

  const pending = new PendingWindows();
  const gate = new FlowGate();
  const ledger = createLedger(() => pending.count);
  const queues = () => ({ pending_windows: pending.count, store_points: stored.sink.pending.points });
  const metrics = createMetrics({ ledger: ledger.snapshot, queues });
  const events = createEvents({ logger, metrics, ledger, clock });
  const liveFeed = createLiveFeed({ epoch: clock.nowMs(), capacityEvents: LIVE_EVENTS_KEPT });
  const registry = createRegistry(config, events, liveFeed);
  const intake = new Intake(events, gate);

  const deliver = (message: RawMessage): Promise<void> | undefined => intake.deliver(message);
  const { source, url: mqttUrl } = await openSource(config, { clock, events, deliver });
  closers.add(source);
  const statusSink = closers.add(
    startMqttStatusSink({ publisher: source, onFailed: events.statusPublishFailed }),
  );
  const windows = new WindowAccounts({ clock, events, pending });
  const stored = startStoreSink(config, store, {
    events,
    gate,
    onStored: windows.stored,
    onLost: windows.lost,
  });
  closers.add(stored.sink);
  const manifestOf = (model: string) => models.manifests.find(({ name }) => name === model);
  const hub = new ResultHub({ registry, liveFeed, manifestOf, windows, sinks: [stored.sink, statusSink] });

  const hooks = stageHooks({ clock, events, registry, pending, gate, intake });
  const stages = pipelineStages(config, models, hooks, asyncScheduler);
  const results$ = intake.messages$.pipe(
    createPipeline(stages, asyncScheduler),
    tap((result) => hub.accept(result)),
  );
  const finished = lastValueFrom(results$, { defaultValue: undefined });
  closers.defer(async () => {
    intake.close();
    await finished;
  });
  const sweeping = setInterval(() => registry.sweep(clock.nowMs()), SWEEP_MS);
  closers.defer(() => clearInterval(sweeping));

  const app = await createHttpApp(
    {
      version: dependencies.version,
      pagesFolder: dependencies.pagesFolder,
      maxIngestBytes: config.http.bodyLimitBytes,
    },
    {
      ...{ clock, logger, events, store, liveFeed },
      devices: registry,
      models: () => models.manifests,
      ledger: ledger.snapshot,
      health: () => healthReport({ source, storeProblem: stored.problem, inference: pool, gate }),
      metrics: metrics.registry,
      ingest: async (message) => intake.ingest(message),
      refuse: (reason, topic, detail) => {
        events.messageReceived();
        events.messageRejected({ reason, topic, detail });
      },
      buildTimeline: createTimelineBuilder(config),
    },
  );
  closers.defer(() => app.close());
  const httpUrl = await app.listen({ host: config.http.host, port: config.http.port });
  return {
    ...{ httpUrl, mqttUrl, store, liveFeed },
    devices: () => registry.list(),
    ledger: ledger.snapshot,
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

function createRegistry(config: Config, events: Events, liveFeed: LiveFeed): DeviceRegistry {
  const { offlineMs, maxDevices } = config.stream;
  return new DeviceRegistry({
    offlineMs,
    maxDevices,
    onOnline: (id, atMs) => {
      events.deviceOnline(id);
      liveFeed.publish({ type: 'device', data: { id, online: true, atMs } });
    },
    onOffline: (id, atMs) => {
      events.deviceOffline(id);
      liveFeed.publish({ type: 'device', data: { id, online: false, atMs } });
    },
  });
}
