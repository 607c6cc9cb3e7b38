import type { Logger } from 'pino';
import { asyncScheduler } from 'rxjs';
import type { Config } from '../config/schema.js';
import type { DeviceId } from '../domain/ids.js';
import type { Alert } from '../domain/notification.js';
import type { CompanyUpdate, Sink } from '../domain/store.js';
import { Backpressure } from '../gateway/backpressure.js';
import { type DeviceState, readCheckpoint } from '../gateway/device-state.js';
import type { Instruments } from '../gateway/instruments.js';
import {
  type MessagePathDependencies,
  type PathParts,
  type PathResources,
  startMessagePath,
} from '../gateway/run-pipeline.js';
import { engineOptions, tellAlert } from '../gateway/start-alerts.js';
import { type DirectStoreSink, startDirectStoreSink } from '../gateway/store-sink.js';
import { WindowLedger } from '../gateway/window-ledger.js';
import type { AlertRules } from '../notify/alerts/alert-rules.js';
import type { CompanyTopics } from '../notify/company-topics.js';
import type { Webhooks } from '../notify/webhooks/webhooks.js';
import type { Closers } from '../shared/lifetime.js';
import { createEvents } from '../telemetry/events.js';
import { createLedger } from '../telemetry/ledger.js';
import type { ClusterCompany } from './cluster-company.js';
import type { ClusterEvents } from './cluster-events.js';
import type { SharedMemory } from './connect-nats.js';
import type { DeviceStates } from './device-states.js';
import { type Fence, FencedSink, fencedStore, untilDecided } from './fenced-sink.js';
import { LogScheduler } from './log-scheduler.js';
import { LogTime } from './log-time.js';
import type { OwnerRecord, OwnerRight } from './ownership.js';
import type { PartitionOf } from './partition.js';
import { PartitionAlerts } from './partition-alerts.js';
import { type Mark, PartitionJournal } from './partition-journal.js';
import type { PartitionLog } from './partition-log.js';
import { PartitionReading } from './partition-reading.js';

/** How often devices that have gone silent are looked for, milliseconds of the log. */
const SWEEP_MS = 1000;

export interface PartitionParts {
  readonly config: Config;
  readonly partitionOf: PartitionOf;
  readonly instruments: Instruments;
  readonly resources: Omit<PathResources, 'journal'>;
  readonly shared: Omit<PathParts, 'companyTopics'> & {
    readonly companyTopics: Pick<CompanyTopics, 'accept' | 'resume'> | undefined;
  };
  /** What takes results beside the store. */
  readonly sinks: readonly Pick<Sink, 'accept'>[];
  readonly alertRules: AlertRules;
  readonly webhooks: Pick<Webhooks, 'flush' | 'drop'>;
  readonly company: Pick<ClusterCompany, 'openPartition'>;
  readonly memory: SharedMemory;
  readonly events: ClusterEvents;
  readonly logger: Logger;
  readonly isSimulatedPhone: MessagePathDependencies['isSimulatedPhone'];
}

/** What of a partition lies at NATS: the right to it, what came, and what is known. */
export interface PartitionEdge {
  readonly partition: number;
  readonly owned: Fence & {
    readonly value: OwnerRecord;
    readonly right: Pick<OwnerRight, 'token' | 'isLost'>;
    write(mark: Mark): Promise<boolean>;
  };
  readonly log: Pick<PartitionLog, 'get' | 'cutBefore' | 'cutEachBefore'>;
  readonly states: Pick<DeviceStates, 'read' | 'write' | 'forget'>;
}

/** Reads what the owners before left, and builds the way of the partition's messages on it. */
export async function openPartition(
  parts: Omit<PartitionParts, 'memory'>,
  { partition, owned, log, states }: PartitionEdge,
  closers: Closers,
): Promise<PartitionReading> {
  const { config, partitionOf, instruments, resources, shared, sinks, alertRules, events, logger } = parts;
  const kept = await states.read();
  const known = kept.flatMap(readCheckpoint);
  // What a state holds beyond the position comes in its turn, so that time passes for all devices as it did.
  const { position } = owned.value;
  const sequences = kept.flatMap(({ retained }) => retained.filter((sequence) => sequence <= position));
  const retained = await log.get(sequences.sort((a, b) => a - b));
  const onCutFailed = (error: unknown): void => events.cutFailed(partition, error);
  const allTold = async (): Promise<void> => {
    await untilDecided(owned);
    await parts.webhooks.flush();
  };
  const journal = new PartitionJournal(
    { partition, log, states, record: owned, told: allTold, onCutFailed },
    kept,
    retained,
  );
  const ledger = createLedger(() => windows.pending);
  const { clock, metrics } = instruments;
  const { frameReceived, frameClassified, frameRejected } = instruments.events;
  const counted = {
    ...createEvents({ logger, metrics, ledger, clock }),
    frameReceived,
    frameClassified,
    frameRejected,
  };
  const windows = new WindowLedger({ clock, events: counted });
  const backpressure = new Backpressure();
  const scheduler = new LogScheduler(LogTime.stepOf(retained[0]?.timeMs ?? owned.value.streamMs));
  const isOwn = (device: DeviceId): boolean => partitionOf(device) === partition;
  const told = new FencedSink<Alert>({ accept: (alert) => tellAlert(instruments, alert) }, owned);
  const alerts = new PartitionAlerts({
    options: engineOptions(config),
    rules: alertRules,
    kept: mapOf(known, ({ alerts }) => alerts),
    knownToMs: owned.value.streamMs,
    nowMs: () => scheduler.now(),
    tell: (alert) => told.accept(alert),
  });
  closers.defer(() => alerts[Symbol.dispose]());
  const presence = scheduler.schedule(function () {
    if (owned.whenDecided() === undefined && !owned.right.isLost)
      instruments.registry.sweep(scheduler.now(), isOwn);
    alerts.step(instruments.registry.heard(isOwn));
    this.schedule(undefined, SWEEP_MS);
  }, SWEEP_MS);
  closers.defer(() => presence.unsubscribe());
  const logMs = (): number => scheduler.now();
  const heard = mapOf(known, ({ company }) => company);
  const company = await parts.company.openPartition({ partition, owned, kept: heard, logMs }, closers);
  const companyTopics = shared.companyTopics && new FencedSink<CompanyUpdate>(shared.companyTopics, owned);
  if (company !== undefined) shared.companyTopics?.resume(heard.keys(), company.now());
  let stored: DirectStoreSink | undefined;
  const path = startMessagePath(
    config,
    {
      instruments: { ...instruments, events: counted, ledger, windows, backpressure },
      resources: { ...resources, journal },
      shared: { ...shared, companyTopics },
      company,
      isSimulatedPhone: parts.isSimulatedPhone,
      checkpoints: known,
      told: [...sinks.map((sink) => new FencedSink(sink, owned)), alerts],
      alerts,
      startStored: (settings, store, dependencies) => {
        stored = startDirectStoreSink(settings, fencedStore(store, owned), dependencies);
        return stored;
      },
      scheduler,
      batchScheduler: asyncScheduler,
      isTimeOfLog: true,
      silenceClock: { nowMs: logMs },
      isOwn,
    },
    closers,
  );
  const time = new LogTime(scheduler, {
    computing: () => windows.pending - (stored?.waitingWindows() ?? 0),
    whenReleased: () => backpressure.whenReleased(),
  });
  return new PartitionReading(
    { path, alerts, company, journal, time, ledger, retained, devices: kept.length },
    owned.value,
  );
}

/** One part of what is known, of the devices that have it. */
function mapOf<T>(
  known: readonly (readonly [DeviceId, DeviceState])[],
  partOf: (state: DeviceState) => T | undefined,
): ReadonlyMap<DeviceId, T> {
  const parts = known.map(([device, state]) => [device, partOf(state)] as const);
  return new Map(parts.flatMap(([device, part]) => (part === undefined ? [] : [[device, part]])));
}
