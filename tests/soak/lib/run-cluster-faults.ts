import { setTimeout as sleep } from 'node:timers/promises';
import { fromBytes } from '../../../src/cluster/bucket.js';
import { openSharedMemory } from '../../../src/cluster/connect-nats.js';
import type { OwnerRecord } from '../../../src/cluster/ownership.js';
import { createRandom, type Random } from '../../../src/recordings/simulation/random.js';
import { Closers } from '../../../src/shared/lifetime.js';
import { type ClusterGateway, type ClusterWorld, startClusterWorld } from './cluster-world.js';
import { type Comparison, compareWindows } from './compare-windows.js';
import { expectedWindows } from './expected-windows.js';
import { loadPhones, type PhoneLoad, startPhoneLoad } from './phone-load.js';
import { storedWindows } from './stored-windows.js';
import type { AuditCounts } from './write-audit.js';

export interface ClusterFaultOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly gateways: number;
  readonly servers: 1 | 3;
  /** Phones of each kind at each door. */
  readonly phones: number;
  readonly onRound: (round: ClusterRound) => void;
}

export interface ClusterRound {
  readonly round: number;
  readonly fault: string;
  readonly victim: string;
  /** From the fault until the last of its partitions had another owner; `undefined` where it had none, or kept them. */
  readonly takeoverMs: number | undefined;
}

export interface ClusterReport extends Comparison, AuditCounts {
  readonly rounds: readonly ClusterRound[];
  /** Ends of gateways that no fault brought about. */
  readonly crashes: readonly string[];
  /** Messages that no door had acknowledged in the end; what was acknowledged and lost shows as missing windows. */
  readonly unacknowledgedLost: number;
  readonly unbalanced: readonly number[];
}

interface Fault {
  readonly name: string;
  readonly isTakenOver: boolean;
  readonly happen: (world: ClusterWorld, victim: ClusterGateway, random: Random) => Promise<void>;
}

/** Longer than a lease, so that others take what the victim had. */
const AWAY_MS = [6000, 9000] as const;
const BETWEEN_MS = [3000, 6000] as const;
const TAKEN_OVER_WITHIN_MS = 30_000;
const POLL_MS = 20;

const FAULTS: readonly Fault[] = [
  {
    name: 'kill -9 gateway',
    isTakenOver: true,
    happen: async (_, { process }, random) => {
      await process.kill();
      await sleep(random.between(...AWAY_MS));
      await process.start();
    },
  },
  {
    name: 'SIGSTOP gateway',
    isTakenOver: true,
    happen: async (_, { process }, random) => {
      process.process.signal('SIGSTOP');
      await sleep(random.between(...AWAY_MS));
      process.process.signal('SIGCONT');
    },
  },
  {
    name: 'SIGTERM gateway',
    isTakenOver: true,
    happen: async (_, { process }, random) => {
      await process.stop();
      await sleep(random.between(...AWAY_MS));
      await process.start();
    },
  },
  {
    name: 'kill -9 NATS server',
    isTakenOver: false,
    happen: async ({ nats }, _, random) => {
      const server = Math.floor(random.between(0, nats.urls.length));
      await nats.kill(server);
      await sleep(random.between(...AWAY_MS));
      await nats.restart(server);
      await nats.healthy();
    },
  },
];

/** Lets gateways and servers go one after the other while phones send at all doors, then compares what is stored. */
export async function runClusterFaults(options: ClusterFaultOptions): Promise<ClusterReport> {
  await using world = await startClusterWorld(options);
  await using owners = await watchOwners(world);
  await owners.settled();
  await using loads = new Closers();
  const running: PhoneLoad[] = [];
  for (const [index, { door }] of world.gateways.entries()) {
    const phones = loadPhones(options.seed + index, Date.now(), options.phones, `door${index}-`);
    running.push(loads.add(await startPhoneLoad(door, phones)));
  }
  const rounds = await runRounds(world, owners, options);
  await Promise.all(running.map((load) => load.stop()));
  const expected = (await Promise.all(running.map((load) => expectedOf(world, load)))).flat();
  const phones = running.flatMap((load) => load.phones);
  const stored = await storedWindows(world, phones, expected.length);
  const comparison = compareWindows(expected, stored);
  const { rewrittenSame, rewrittenOther, stale } = world.audit.counts;
  await owners.checkpointed();
  return {
    ...comparison,
    ...{ rounds, rewrittenSame, rewrittenOther, stale },
    crashes: world.gateways.flatMap(({ process }) => process.crashes),
    unacknowledgedLost: running.reduce((sum, { pending }) => sum + pending, 0),
    unbalanced: owners.unbalanced(),
  };
}

function expectedOf({ config, modelFolder }: ClusterWorld, { phones, periods }: PhoneLoad) {
  return expectedWindows({ config, modelFolder, phones, periods, isFlushed: false });
}

async function runRounds(
  world: ClusterWorld,
  owners: Owners,
  { rounds, seed, onRound, servers }: ClusterFaultOptions,
): Promise<ClusterRound[]> {
  const random = createRandom(seed);
  const faults = FAULTS.filter(({ isTakenOver }) => isTakenOver || servers === 3);
  const done: ClusterRound[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await sleep(random.between(...BETWEEN_MS));
    await owners.settled();
    const fault = faults[(round - 1) % faults.length];
    const victim = world.gateways[Math.floor(random.between(0, world.gateways.length))];
    if (fault === undefined || victim === undefined) throw new Error('there is nothing to break');
    const had = owners.of(victim.name);
    const [takeoverMs] = await Promise.all([
      fault.isTakenOver && had.length > 0 ? owners.takenFrom(victim.name, had) : undefined,
      fault.happen(world, victim, random),
    ]);
    const line = { round, fault: fault.name, victim: fault.isTakenOver ? victim.name : '', takeoverMs };
    done.push(line);
    onRound(line);
  }
  return done;
}

/** Who owns what, as the gateways say it. */
interface Owners extends AsyncDisposable {
  of(gateway: string): number[];
  /** Resolves to how long it took until others had taken those partitions, milliseconds. */
  takenFrom(gateway: string, partitions: readonly number[]): Promise<number>;
  /** Resolves once every partition has an owner. */
  settled(): Promise<void>;
  /** Resolves once every owner has made a checkpoint. */
  checkpointed(): Promise<void>;
  /** Partitions whose ledger does not balance. */
  unbalanced(): number[];
}

async function watchOwners({ nats, partitions, config }: ClusterWorld): Promise<Owners> {
  const { name, replicas, logBytes } = config.cluster;
  const memory = await openSharedMemory(
    { servers: nats.urls, name: 'watcher' },
    { name, partitions, replicas, logBytes },
  );
  const records = new Map<number, OwnerRecord>();
  const watching = await memory.owners.watch(({ key, value }) => {
    if (value !== undefined) records.set(Number(key), fromBytes(value));
  });
  const isOf = (partition: number, gateway: string): boolean =>
    records.get(partition)?.owner.startsWith(`${gateway}-`) === true;
  const until = async (isSo: () => boolean, what: string, withinMs = TAKEN_OVER_WITHIN_MS): Promise<void> => {
    const deadlineMs = performance.now() + withinMs;
    while (!isSo()) {
      if (performance.now() > deadlineMs) throw new Error(`${what}: ${JSON.stringify([...records])}`);
      await sleep(POLL_MS);
    }
  };
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const positions = (): number[] => all.map((partition) => records.get(partition)?.streamMs ?? 0);
  return {
    of: (gateway) => all.filter((partition) => isOf(partition, gateway)),
    takenFrom: async (gateway, taken) => {
      const startedMs = performance.now();
      const isTaken = (partition: number): boolean =>
        !isOf(partition, gateway) && records.get(partition)?.owner !== '';
      await until(() => taken.every(isTaken), `not taken over from ${gateway}`);
      return performance.now() - startedMs;
    },
    settled: () =>
      until(
        () => all.every((partition) => (records.get(partition)?.owner ?? '') !== ''),
        'not owned',
        90_000,
      ),
    checkpointed: async () => {
      const before = positions();
      await until(() => positions().every((ms, index) => ms > (before[index] ?? 0)), 'no checkpoint');
    },
    unbalanced: () => all.filter((partition) => records.get(partition)?.ledger?.balanced === false),
    [Symbol.asyncDispose]: async () => {
      await watching[Symbol.asyncDispose]();
      await memory[Symbol.asyncDispose]();
    },
  };
}
