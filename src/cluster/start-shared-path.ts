import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.js';
import { readSecret } from '../config/secret-files.js';
import type { Sink } from '../domain/store.js';
import { type DataPath, type DataPathDependencies, startSharedParts } from '../gateway/run-pipeline.js';
import type { Closers } from '../shared/lifetime.js';
import { sumOfLedgers } from '../telemetry/ledger.js';
import { createClusterEvents } from './cluster-events.js';
import { openSharedMemory, type SharedMemory } from './connect-nats.js';
import { Door } from './door.js';
import { escapeName, partitionOf } from './partition.js';
import { PartitionOwner } from './partition-owner.js';
import { PartitionRun } from './run-partition.js';

interface SharedPathDependencies extends Omit<DataPathDependencies, 'silenceClock' | 'webhooks'> {
  readonly logger: Logger;
}

/**
 * The way of messages to results in a cluster: in through the door into the log of their partition, and from there, at the
 * gateway that owns the partition, to the store.
 */
export async function startSharedPath(
  config: Config,
  { instruments, resources, publisher, alerts, placements, logger, isSimulatedPhone }: SharedPathDependencies,
  closers: Closers,
): Promise<DataPath> {
  const { partitions, replicas, servers, logBytes, username, tls } = config.cluster;
  const events = createClusterEvents(logger);
  // A run of its own: what an earlier run of this gateway owned, this one does not.
  const gateway = `${escapeName(config.cluster.gateway ?? hostname())}-${randomBytes(4).toString('hex')}`;
  events.waiting(servers);
  const memory = closers.add(
    await openSharedMemory(
      { servers, name: gateway, username, password: await readSecret('cluster', config.cluster), tls },
      { name: config.cluster.name, partitions, replicas, logBytes },
    ),
  );
  events.joined(gateway, memory.connection.getServer());
  followConnection(memory, events);

  const shared = startSharedParts(config, { instruments, resources, publisher, placements }, closers);
  const told: Pick<Sink, 'accept'>[] = [shared.statuses, instruments.notifier, alerts];
  const owner = closers.add(
    await PartitionOwner.start({
      ...{ gateway, partitions, memory, events },
      now: () => performance.now(),
      startRun: (owned, onFailed) =>
        new PartitionRun(
          { config, instruments, resources, shared, told, memory, events, logger, isSimulatedPhone },
          owned,
          onFailed,
        ),
    }),
  );
  const door = new Door({
    ...{ partitions, clusterEvents: events, events: instruments.events },
    log: memory.log,
    settings: { platformOf: (device) => config.devices[device]?.platform ?? 'auto' },
  });
  closers.defer(() => door.close());
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
      forget: (device) => owner.run(partitionOf(device, partitions))?.path?.recovery.forget(device),
    },
    stored: {
      problem: () => owner.runs.map((run) => run.problem()).find((problem) => problem !== undefined),
      note: () => '',
      flush: async () => void (await Promise.all(owner.runs.map((run) => run.flush()))),
      erasables: [],
    },
    ledger: () => sumOfLedgers([instruments.ledger.snapshot(), ...owner.runs.map((run) => run.ledger())]),
  };
}

function followConnection(
  { connection }: SharedMemory,
  events: ReturnType<typeof createClusterEvents>,
): void {
  void (async () => {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') events.disconnected();
      else if (type === 'reconnect') events.reconnected();
    }
  })();
}
