import type { Logger } from 'pino';
import type { Config } from '../config/schema.js';
import type { PartHealth } from '../domain/device.js';
import type { Sink } from '../domain/store.js';
import { type DataPath, type DataPathDependencies, startSharedParts } from '../gateway/data-path.js';
import { isRecorded } from '../gateway/recording.js';
import { deviceNotification } from '../notify/notifier.js';
import type { Closers } from '../shared/lifetime.js';
import { sumOfLedgers } from '../telemetry/ledger.js';
import type { Bridge } from './bridge.js';
import type { ClusterClock } from './cluster-clock.js';
import { ClusterCompany } from './cluster-company.js';
import type { ClusterEvents } from './cluster-events.js';
import { registerClusterMetrics } from './cluster-metrics.js';
import type { SharedMemory } from './connect-nats.js';
import { Door } from './door.js';
import type { Forgotten } from './forgotten.js';
import { type MemberRecord, modelName } from './members.js';
import type { PartitionOf } from './partition.js';
import type { PartitionAlerts } from './partition-alerts.js';
import { PartitionOwner } from './partition-owner.js';
import { PartitionRun } from './run-partition.js';
import { Verdicts } from './verdicts.js';

/** A gateway in its cluster. */
export interface Membership {
  /** Name of this run of the gateway: no other has it. */
  readonly gateway: string;
  readonly partitionOf: PartitionOf;
  readonly memory: SharedMemory;
  readonly forgotten: Forgotten;
  readonly clock: Pick<ClusterClock, 'offsetMs'>;
  readonly events: ClusterEvents;
  readonly logger: Logger;
  readonly version: string;
  /** What it is, or may become, the client of. */
  readonly bridges: readonly Bridge[];
  /** Is told what owns the partitions, and where messages enter. */
  readonly path: { fill(owner: PartitionOwner, door: Door): void };
}

/**
 * The way of messages to results in a cluster: in through the door into the log of their partition, and from there, at the
 * gateway that owns the partition, to the store.
 */
export async function startSharedPath(
  config: Config,
  { gateway, partitionOf, memory, forgotten, clock, events, logger, version, bridges, path }: Membership,
  {
    instruments,
    resources,
    publisher,
    alertRules,
    webhooks,
    placements,
    choices,
    isSimulatedPhone,
  }: DataPathDependencies,
  closers: Closers,
): Promise<DataPath> {
  const { partitions } = config.cluster;
  const isConnected = followConnection(memory, events);
  const together = config.company.enabled ? [] : undefined;
  const shared = startSharedParts(
    config,
    { instruments, resources, publisher, placements, together },
    closers,
  );
  const company = await ClusterCompany.open(
    config,
    { partitionOf, memory, choices, instruments, forgotten, events },
    closers,
  );
  const sinks: Pick<Sink, 'accept'>[] = [shared.statuses, shared.apparelTopics, instruments.notifier];
  const startedAtMs = instruments.clock.nowMs();
  const owner = closers.add(
    await PartitionOwner.start({
      gateway,
      partitions,
      memory,
      events,
      member: () => ({
        version,
        startedAtMs,
        clockOffsetMs: clock.offsetMs,
        models: modelsOf(resources),
        ...bridgeOf(bridges),
      }),
      now: () => performance.now(),
      startRun: (partition, owned, onFailed) =>
        new PartitionRun(
          {
            config,
            partitionOf,
            instruments,
            resources,
            shared,
            sinks,
            alertRules,
            webhooks,
            company,
            memory,
            events,
            logger,
            isSimulatedPhone,
          },
          partition,
          owned,
          onFailed,
        ),
    }),
  );
  const presence = instruments.presence$.subscribe(({ device, isOnline, atMs }) =>
    instruments.notifier.post(deviceNotification(device, isOnline, atMs)),
  );
  closers.defer(() => presence.unsubscribe());
  const verdicts = new Verdicts(memory.connection, gateway);
  closers.defer(() => verdicts[Symbol.dispose]());
  const door = new Door({
    partitionOf,
    verdicts,
    clusterEvents: events,
    events: instruments.events,
    log: memory.log,
    isRecorded: (device) => isRecorded(config, device),
    settings: { platformOf: (device) => config.devices[device]?.platform ?? 'auto' },
  });
  closers.defer(() => door.close());
  path.fill(owner, door);
  registerClusterMetrics(instruments.metrics.registry, owner, door, bridges);
  return {
    ...shared,
    intake: {
      deliver: (message) => door.deliver(message),
      ingest: (message) => door.ingest(message),
      // What earlier runs left, the owners of the partitions go on with.
      recover: () => Promise.resolve(),
    },
    recovery: {
      save: () => Promise.resolve(),
      forget: (device) => owner.run(partitionOf(device))?.path?.recovery.forget(device),
    },
    stored: {
      problem: () => owner.runs.map((run) => run.problem()).find((problem) => problem !== undefined),
      note: () => '',
      flush: async () => void (await Promise.all(owner.runs.map((run) => run.flush()))),
      erasables: [company.erasable],
    },
    pending: { hasOf: (device) => owner.run(partitionOf(device))?.hasOf(device) === true },
    alerts: alertsOf(owner),
    company,
    heldMessages: () => owner.runs.reduce((sum, run) => sum + run.heldMessages, 0),
    leave: () => owner.leave(),
    health: () => [healthOf(isConnected(), door.problem, owner), ...healthOfClock(clock)],
    ledger: () => sumOfLedgers([instruments.ledger.snapshot(), ...owner.runs.map((run) => run.ledger())]),
  };
}

function bridgeOf([bridge]: readonly Bridge[]): Pick<MemberRecord, 'bridge'> {
  if (bridge === undefined) return {};
  const { to, problem } = bridge;
  return { bridge: problem === undefined ? { to } : { to, problem } };
}

function modelsOf({ models: { sequences, images } }: DataPathDependencies['resources']): string[] {
  return [...sequences.manifests, ...images.manifests].map(modelName).sort();
}

/** Of all partitions that are owned now. */
function alertsOf(owner: Pick<PartitionOwner, 'runs'>): DataPath['alerts'] {
  const parts = (): PartitionAlerts[] => owner.runs.flatMap(({ alerts }) => alerts ?? []);
  return {
    get open() {
      return parts().flatMap(({ open }) => open);
    },
    erasable: {
      name: 'alerts',
      forget: async (device) => {
        for (const { erasable } of parts()) await erasable.forget(device);
      },
      holds: async (device) => {
        const held = await Promise.all(parts().map(({ erasable }) => erasable.holds(device)));
        return held.includes(true);
      },
    },
  };
}

function healthOf(
  isConnected: boolean,
  problem: string | undefined,
  { obstacle, withoutOwner }: Pick<PartitionOwner, 'obstacle' | 'withoutOwner'>,
): PartHealth {
  const name = 'cluster';
  if (!isConnected)
    return { name, ok: false, detail: 'no connection to NATS; phones keep their messages until it is back' };
  if (problem !== undefined)
    return { name, ok: false, detail: `messages are not taken, phones keep them: ${problem}` };
  if (obstacle !== undefined)
    return { name, ok: false, detail: `this gateway takes messages and no partition: ${obstacle}` };
  const detail =
    withoutOwner === 0 ? '' : `${withoutOwner} partitions have no owner; their messages wait in the log`;
  return { name, ok: true, detail };
}

/** A wrong clock harms nothing here: what it says is corrected. */
function healthOfClock({ offsetMs }: Pick<ClusterClock, 'offsetMs'>): PartHealth[] {
  if (offsetMs === 0) return [];
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  const detail = `the clock of this machine is ${seconds} s ${offsetMs < 0 ? 'ahead of' : 'behind'} that of NATS, by which the gateway goes; set it right`;
  return [{ name: 'clock', ok: true, detail }];
}

/** Reports when the connection goes and comes; answers whether it is there. */
function followConnection({ connection }: SharedMemory, events: ClusterEvents): () => boolean {
  let isConnected = true;
  void (async () => {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') {
        isConnected = false;
        events.disconnected();
      } else if (type === 'reconnect') {
        isConnected = true;
        events.reconnected();
      }
    }
  })();
  return () => isConnected;
}
