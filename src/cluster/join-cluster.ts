import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.js';
import { readSecret, readServerCertificate } from '../config/secret-files.js';
import type { DeviceId } from '../domain/ids.js';
import { LIVE_EVENTS_KEPT, type Peers } from '../gateway/peers.js';
import { startWaitingServer } from '../http/create-server.js';
import type { Clock } from '../shared/clock.js';
import { type Closers, every } from '../shared/lifetime.js';
import { Bridge } from './bridge.js';
import { ClusterClock } from './cluster-clock.js';
import { type ClusterEvents, createClusterEvents } from './cluster-events.js';
import { openSharedMemory, type SharedMemory } from './connect-nats.js';
import type { Door } from './door.js';
import { EventQueues } from './event-queues.js';
import { forgetEverywhere } from './forget-everywhere.js';
import { Forgotten } from './forgotten.js';
import { escapeName, rememberedPartitions } from './partition.js';
import type { PartitionOwner } from './partition-owner.js';
import { Questions } from './questions.js';
import { RetainedTopics } from './retained-topics.js';
import { SharedLiveFeed } from './shared-live-feed.js';
import { SharedSettings } from './shared-settings.js';
import { startSharedPath } from './start-shared-path.js';

/** How often the clock of this machine is compared with that of NATS, milliseconds. */
const COMPARE_CLOCK_MS = 10_000;

interface JoiningParts {
  /** Of this machine. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** Ends the waiting for NATS. */
  readonly signal?: AbortSignal | undefined;
}

/** Connects to what gateways share, as soon as it is there, and takes part in it. */
export async function joinCluster(
  config: Config,
  { clock: own, logger, version, signal }: JoiningParts,
  closers: Closers,
): Promise<Peers> {
  const { name, partitions, replicas, servers, logBytes, username, tls } = config.cluster;
  const events = createClusterEvents(logger);
  // A run of its own: what an earlier run of this gateway owned, this one does not.
  const gateway = `${escapeName(config.cluster.gateway ?? hostname())}-${randomBytes(4).toString('hex')}`;
  const password = await readSecret('cluster', config.cluster);
  const address = { servers, name: gateway, username, password, tls };
  const layout = { name, partitions, replicas, logBytes };
  const memory = closers.add(
    await answerMeanwhile(config, (tell) =>
      openSharedMemory(address, layout, {
        signal,
        onWaiting: (reason) => {
          tell(reason);
          events.waiting(reason);
        },
      }),
    ),
  );
  events.joined(gateway, memory.connection.getServer());
  const clock = await followClock(own, { manager: memory.manager, events }, closers);
  const settings = closers.add(
    await SharedSettings.open({
      bucket: memory.settings,
      path: join(config.dataDir, 'cluster', 'settings.json'),
      onFailed: (error) => events.settingsNotShared(error),
    }),
  );
  const { log, manager, connection } = memory;
  const liveFeed = closers.add(
    await SharedLiveFeed.open({ log, manager, events, capacityEvents: LIVE_EVENTS_KEPT }),
  );
  const forgotten = await Forgotten.open(config.dataDir, memory.settings);
  const path = new PathSlot();
  const bridges: Bridge[] = [];
  const partitionOf = rememberedPartitions(partitions);
  const questions = new Questions({
    gateway,
    connection,
    partitions,
    partitionOf,
    events,
    owned: () => path.open,
    present: () => path.present,
  });
  closers.defer(() => questions[Symbol.dispose]());
  return {
    clock,
    liveFeed,
    share: (records) => settings.share(records),
    settled: () => settings.settled(),
    question: (about, answer) => questions.open(about, answer),
    queues: (hooks) => {
      const isSender = (endpoint: string) => path.open.includes(partitionOf(endpoint));
      return new EventQueues({ memory, isSender, hooks });
    },
    publisher: async (own) =>
      closers.add(
        await RetainedTopics.open({ bucket: memory.retained, own, onFailed: events.retainedFailed }),
      ),
    forgetting: (own) =>
      forgetEverywhere(
        { gateway, forgotten, partitions, partitionOf, memory, questions, settings, path },
        own,
      ),
    bridge: (to, connect) => {
      const { owners } = memory;
      const now = (): number => performance.now();
      const bridge = closers.add(new Bridge({ to, gateway, owners, now, events, connect }));
      bridges.push(bridge);
      return bridge;
    },
    isFirst: () => path.open.includes(0),
    startPath: (settings, dependencies, ownClosers) =>
      startSharedPath(
        settings,
        { gateway, partitionOf, memory, forgotten, clock, events, logger, version, bridges, path },
        dependencies,
        ownClosers,
      ),
  };
}

/** The clock of this machine as NATS corrects it, now and again and again. */
async function followClock(
  own: Clock,
  { manager, events }: Pick<SharedMemory, 'manager'> & { readonly events: ClusterEvents },
  closers: Closers,
): Promise<ClusterClock> {
  const clock = new ClusterClock(own);
  const compare = async (): Promise<void> => {
    const beforeMs = clock.offsetMs;
    await clock.compareWith(manager);
    if (clock.offsetMs !== beforeMs) events.clockMoved(clock.offsetMs);
  };
  await compare();
  // That NATS is away is reported elsewhere.
  closers.add(every(COMPARE_CLOCK_MS, compare, { onFailed: () => undefined }));
  return clock;
}

/** While NATS is waited for, requests are answered with just that. */
async function answerMeanwhile<T>(
  { http: { host, port, tls } }: Config,
  open: (tell: (reason: string) => void) => Promise<T>,
): Promise<T> {
  let detail = 'waiting for NATS; nothing is taken until it answers';
  const tell = (reason: string): void => {
    detail = `waiting for NATS: ${reason}; nothing is taken until then`;
  };
  await using _ = await startWaitingServer({
    host,
    port,
    tls: tls === undefined ? undefined : await readServerCertificate('http.tls', tls),
    part: () => ({ name: 'cluster', detail }),
  });
  return await open(tell);
}

/** The place of what owns partitions and takes messages, before there is one. */
class PathSlot {
  #owner: Pick<PartitionOwner, 'runs' | 'present'> | undefined;
  #door: Pick<Door, 'settled'> | undefined;

  fill(owner: Pick<PartitionOwner, 'runs' | 'present'>, door: Pick<Door, 'settled'>): void {
    this.#owner = owner;
    this.#door = door;
  }

  /** Gateways that are there now, as far as this one has heard. */
  get present(): readonly string[] {
    return this.#owner?.present ?? [];
  }

  /** Partitions that this gateway has, and has read. */
  get open(): readonly number[] {
    return this.#owner?.runs.flatMap(({ partition, path }) => (path === undefined ? [] : [partition])) ?? [];
  }

  /** Resolves when no message of a device is on its way into the log here. */
  async settled(device: DeviceId): Promise<void> {
    await this.#door?.settled(device);
  }

  /** What a partition's owner has read of a device, and the log holds no more, goes nowhere. */
  async passOver(device: DeviceId, partition: number): Promise<void> {
    await this.#owner?.runs.find((run) => run.partition === partition)?.passOver(device);
  }
}
