import { join } from 'node:path';
import type { Logger } from 'pino';
import { asyncScheduler, lastValueFrom, Subject, tap } from 'rxjs';
import { atMost } from './at-most.js';
import type { Clock } from './clock.js';
import { Closers } from './closers.js';
import type { Config } from './config/schema.js';
import type { DeviceInfo } from './domain/device-info.js';
import type { ForgetReport } from './domain/device-keeper.js';
import type { DeviceId } from './domain/ids.js';
import type { Journal } from './domain/journal.js';
import type { LedgerSnapshot } from './domain/ledger.js';
import type { RawMessage } from './domain/raw-message.js';
import type { Store } from './domain/store.js';
import { createEvents, type Events } from './events.js';
import { withDeadLetters } from './gateway/dead-letters.js';
import { credentialsKeeper, keepersOnDisk } from './gateway/device-keepers.js';
import { DeviceRegistry } from './gateway/device-registry.js';
import { startErrands } from './gateway/errands.js';
import { every } from './gateway/every.js';
import { FlowGate } from './gateway/flow-gate.js';
import { forgetDevice } from './gateway/forget-device.js';
import { ForgottenDevices } from './gateway/forgotten-devices.js';
import { anyOf, createApparelTimeline, openFrameDesk, withFrames } from './gateway/frames.js';
import { healthReport } from './gateway/health-report.js';
import { HearingClock } from './gateway/hearing-clock.js';
import { httpOptions } from './gateway/http-options.js';
import { openImageService } from './gateway/image-service.js';
import { Intake } from './gateway/intake.js';
import { createJoinDesk } from './gateway/join-desk.js';
import { liveKeeper, statusKeeper } from './gateway/live-keepers.js';
import { NoticeBoard } from './gateway/notice-board.js';
import { openAccess } from './gateway/open-access.js';
import { type Models, openModels } from './gateway/open-models.js';
import { openSource } from './gateway/open-source.js';
import { openStore } from './gateway/open-store.js';
import { openWebhooks } from './gateway/open-webhooks.js';
import { PendingWindows } from './gateway/pending-windows.js';
import { pipelineStages } from './gateway/pipeline-stages.js';
import {
  expireOldRecordings,
  openRecorder,
  recordingHooks,
  recordingsFolder,
  recordingUnderWayKeeper,
  writeRecordings,
} from './gateway/recording.js';
import { Recovery } from './gateway/recovery.js';
import { reportModels } from './gateway/report-models.js';
import { ResultHub } from './gateway/result-hub.js';
import { startRetention } from './gateway/retention.js';
import { SourceSlot } from './gateway/source-slot.js';
import { stageHooks } from './gateway/stage-hooks.js';
import { type Presence, startAlerts } from './gateway/start-alerts.js';
import { startGatewayLog } from './gateway/start-gateway-log.js';
import { startHomeAssistant } from './gateway/start-home-assistant.js';
import { startStoreSink } from './gateway/start-store-sink.js';
import { createTimelineBuilder } from './gateway/timeline-builder.js';
import { unkeptBy } from './gateway/unkept.js';
import { WindowAccounts } from './gateway/window-accounts.js';
import { createHttpApp } from './http/app.js';
import type { HttpApp } from './http/http-app.js';
import { createLiveFeed, type LiveFeed } from './http/live-feed.js';
import { createMetrics } from './http/metrics.js';
import type { ModelHost } from './infer/model-host.js';
import { openLmdbJournal } from './journal/lmdb-journal.js';
import { createLedger } from './ledger.js';
import type { SequenceManifest } from './models/manifest.js';
import { createPipeline } from './pipeline.js';
import { readRecordingList } from './recordings/recording-list.js';
import { startMqttStatusSink } from './sinks/mqtt-status-sink.js';

/** Events kept for live clients that come back. */
const LIVE_EVENTS_KEPT = 20_000;
/** How often devices that have gone silent are looked for, milliseconds. */
const SWEEP_MS = 1000;
/** How often checkpoints are written and messages released, milliseconds. */
const SAVE_MS = 1000;
/** Longest that stopping waits for windows under way, milliseconds. */
const FINISH_AT_END_MS = 2500;
/** How often recordings are written, milliseconds. */
const RECORD_MS = 1000;
/** Longest that stopping waits for the last checkpoint, milliseconds. */
const SAVE_AT_END_MS = 2000;
/** Stopping takes no longer, whatever hangs, milliseconds. */
const STOP_WITHIN_MS = 9000;

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
  const closers = new Closers(STOP_WITHIN_MS);
  try {
    return await start(config, dependencies, closers);
  } catch (error) {
    await closers[Symbol.asyncDispose]().catch(() => undefined);
    throw error;
  }
}

async function start(config: Config, dependencies: GatewayDependencies, closers: Closers): Promise<Gateway> {
  const { clock } = dependencies;
  const office = openOffice(config, dependencies, {
    journal: () => resources.journal.size,
    frames: () => frames.pending,
  });
  const { board, events, gate, ledger, liveFeed, pending, presence$, registry } = office;
  const access = closers.add(await openAccess(config, { clock, events }));
  const resources = await openResources(config, dependencies, events, closers);
  const { store, journal } = resources;
  const { sequences: models, images, pools } = resources.models;
  const webhooks = closers.add(await openWebhooks(config, { clock, events }));
  board.follow(webhooks);
  closers.add(reportModels(models, events));
  closers.add(reportModels(images, events));
  const recorder = closers.add(await openRecorder(config, { clock, events }));
  // What is added first is closed last: the source outlives the sinks that publish through it.
  const slot = closers.add(new SourceSlot());
  const alerts = closers.add(
    await startAlerts(config, {
      ...{ clock, events, board, liveFeed, registry, presence$ },
      isHearing: () => slot.health().ok,
      told: () => webhooks.flush(),
    }),
  );
  const homeAssistant = closers.add(
    await startHomeAssistant(config, {
      ...{ board, events, models, presence$, registry, store },
      version: dependencies.version,
      publisher: slot,
    }),
  );
  const recovery = new Recovery(journal, {
    gridOf: (model) => manifestOf(models, model),
    toleranceMs: config.stream.toleranceMs,
    unkept: unkeptBy([alerts.desk, webhooks]),
    neededFromMs: (device) => recorder.unwrittenFromMs(device),
  });
  const intake = new Intake({ events, gate, journal, recovery });

  closers.defer(() => intake.abandon());
  closers.defer(() => atMost(SAVE_AT_END_MS, recovery.save()));
  const statuses = closers.add(
    startMqttStatusSink({ publisher: slot, onFailed: events.statusPublishFailed }),
  );
  const windows = new WindowAccounts({
    clock,
    events,
    pending,
    onSettled: (window) => recovery.settled(window),
  });
  const stored = closers.add(startStoreSink(config, store, { clock, events, gate, pending, windows }));

  const sinks = [stored, statuses, board, alerts.desk];
  const forgotten = new ForgottenDevices();
  const hub = new ResultHub({
    registry,
    liveFeed,
    forgotten,
    manifestOf: (model) => manifestOf(models, model),
    isCandidate: (model) => models.isCandidate(model),
    windows,
    sinks,
  });
  const imageService = openImageService(config, resources.models, events, closers);
  const { classifier, tensors, similar } = imageService;
  const frames = closers.add(openFrameDesk(config, { classifier, clock, events, forgotten, hub, registry }));
  const silenceClock = new HearingClock({
    clock,
    isHearing: () => slot.health().ok,
    longestStepMs: 2 * SWEEP_MS,
  });
  const hooks = stageHooks({
    ...{ clock, events, registry, pending, gate, intake, recovery, frames, forgotten, silenceClock },
    recording: recordingHooks(config, recorder),
  });
  const results$ = intake.messages$.pipe(
    createPipeline(pipelineStages(config, models, hooks, asyncScheduler), asyncScheduler),
    tap((result) => hub.accept(result)),
  );
  const finished = lastValueFrom(results$, { defaultValue: undefined });
  closers.defer(async () => {
    intake.close();
    // What is not through by then is still in the journal.
    await atMost(FINISH_AT_END_MS, finished);
  });

  await intake.recover();
  const deliver = (message: RawMessage): Promise<void> | undefined => intake.deliver(message);
  const {
    source,
    url: mqttUrl,
    upgrade,
  } = await openSource(config, {
    clock,
    events,
    deliver,
    access: access.control,
    watches: homeAssistant.watches,
  });
  slot.fill(source);
  closers.add(every(SWEEP_MS, () => silenceClock.tick()));
  closers.add(every(SWEEP_MS, () => registry.sweep(clock.nowMs())));
  closers.add(every(SAVE_MS, () => recovery.save()));
  closers.add(every(RECORD_MS, () => writeRecordings(recorder, { clock, events })));

  const joinDesk = createJoinDesk(config, { clock, access, models: () => models.manifests });
  const flush = (): Promise<void> => stored.flush();
  const keepers = [
    joinDesk.keeper,
    credentialsKeeper(config, clock, () => access.reload()),
    liveKeeper({ forgotten, pending: anyOf(pending, frames), registry, liveFeed, recovery, flush }),
    statusKeeper(statuses),
    recordingUnderWayKeeper(recorder),
    ...stored.keepers,
    ...keepersOnDisk(config, { store, journal, clock }),
    webhooks.deviceKeeper,
    alerts.desk.deviceKeeper,
    ...homeAssistant.keepers,
  ];
  const forget = async (device: DeviceId): Promise<ForgetReport> => {
    const report = await forgetDevice(device, keepers);
    await recorder.recount();
    events.deviceForgotten(report);
    return report;
  };
  closers.add(startErrands({ dataDir: config.dataDir, forget }));
  const expireRecordings = (beforeMs: number) => expireOldRecordings(config, recorder, beforeMs);
  const kept = withDeadLetters(config, clock, withFrames(config, store));
  closers.add(startRetention(config, { store: kept, expireRecordings, clock, events }));
  const latency = office.metrics.resultLatencySeconds;
  closers.add(await startGatewayLog(config, { clock, ledger: ledger.snapshot, latency }));

  const app = await createHttpApp(await httpOptions(config, dependencies), {
    access: access.control,
    ...{ clock, logger: dependencies.logger, events, store, liveFeed },
    devices: registry,
    models: () => [...inService(models), ...images.manifests],
    candidates: () => models.manifests.filter(({ name }) => models.isCandidate(name)),
    images: classifier,
    recordings: () => readRecordingList(recordingsFolder(config)),
    tensors,
    similar,
    ledger: ledger.snapshot,
    health: () => healthReport({ source: slot, store: stored, inference: pools, journal, gate }),
    metrics: office.metrics.registry,
    ingest: (message) => intake.ingest(message),
    refuse: (reason, topic, detail) => {
      events.messageReceived();
      events.messageRejected({ reason, topic, detail });
    },
    ...{ joinDesk, upgradeToMqtt: upgrade },
    forget,
    webhooks,
    alerts: alerts.desk,
    buildTimeline: createTimelineBuilder(config),
    apparelTimeline: createApparelTimeline(config, store),
  });
  closers.defer(() => app.close());
  const httpUrl = await listen(app, config);
  return {
    ...{ httpUrl, mqttUrl, store, liveFeed },
    devices: () => registry.list(),
    ledger: ledger.snapshot,
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

interface Resources {
  readonly store: Store;
  readonly models: Models;
  readonly journal: Journal;
}

/** Opens what lies on disks, in threads and behind networks. */
async function openResources(
  config: Config,
  { clock, workerUrl }: GatewayDependencies,
  events: Events,
  closers: Closers,
): Promise<Resources> {
  const store = closers.add(await openStore(config, clock, events));
  const models = await openModels(config, workerUrl, closers);
  const path = join(config.dataDir, 'journal');
  const journal = closers.add(await openLmdbJournal({ path, clock, onDamaged: events.journalDamaged }));
  return { store, models, journal };
}

/** Everything that counts, remembers and tells. */
function openOffice(
  config: Config,
  { clock, logger }: GatewayDependencies,
  held: { readonly journal: () => number; readonly frames: () => number },
) {
  const pending = new PendingWindows();
  const ledger = createLedger(() => pending.count, held.frames);
  const queues = () => ({
    pending_windows: pending.count,
    journal_messages: held.journal(),
    frames: held.frames(),
  });
  const metrics = createMetrics({ ledger: ledger.snapshot, queues });
  const events = createEvents({ logger, metrics, ledger, clock });
  const liveFeed = createLiveFeed({ epoch: clock.nowMs(), capacityEvents: LIVE_EVENTS_KEPT });
  const board = new NoticeBoard(events);
  const presence$ = new Subject<Presence>();
  const registry = createRegistry(config, { events, liveFeed, presence$ });
  return { board, presence$, pending, gate: new FlowGate(), ledger, metrics, events, liveFeed, registry };
}

/** Those that set statuses. */
function inService(models: ModelHost): SequenceManifest[] {
  return models.manifests.filter(({ name }) => !models.isCandidate(name));
}

function manifestOf(models: ModelHost, model: string): SequenceManifest | undefined {
  return models.manifests.find(({ name }) => name === model);
}

/** Resolves to where the API answers. */
async function listen(app: HttpApp, { http }: Config): Promise<string> {
  const url = await app.listen({ host: http.host, port: http.port });
  return http.tls === undefined ? url : url.replace(/^http:/, 'https:');
}

function createRegistry(
  { stream: { offlineMs, maxDevices } }: Config,
  { events, liveFeed, presence$ }: { events: Events; liveFeed: LiveFeed; presence$: Subject<Presence> },
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
