import { setTimeout as sleep } from 'node:timers/promises';
import { openSharedMemory, type SharedMemory } from '../../../src/cluster/connect-nats.js';
import type { StatusPoint } from '../../../src/domain/store.js';
import type { SimulatedPhone } from '../../../src/recordings/simulation/phone.js';
import { createHashRandom } from '../../../src/recordings/simulation/random.js';
import { Closers } from '../../../src/shared/lifetime.js';
import { createInfluxStore } from '../../../src/storage/influx/influx-store.js';
import { CLUSTER_FAULTS } from './cluster-faults.js';
import { type ClusterWorld, startClusterWorld } from './cluster-world.js';
import { type Comparison, compareWindows } from './compare-windows.js';
import { gapsOf, keepLogs, readLog } from './kept-logs.js';
import { loadPhones, type PhoneLoad, startPhoneLoad } from './phone-load.js';
import { storedWindows } from './stored-windows.js';
import { addWebhook, untilDelivered, wronglyTold } from './told-webhooks.js';
import { messagesNotIn, readUndisturbed } from './undisturbed.js';
import { type Owners, streamsBehind, watchOwners } from './watch-owners.js';
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
  /** Statuses that are stored otherwise than the logs lead to. */
  readonly statuses: readonly string[];
  /** Webhooks that came otherwise than the logs lead to. */
  readonly webhooks: readonly string[];
  /** Ends of gateways that no fault brought about. */
  readonly crashes: readonly string[];
  /** Messages that no door had acknowledged in the end. */
  readonly unacknowledgedLost: number;
  /** Messages that are in no log although all doors had acknowledged all. */
  readonly acknowledgedLost: readonly string[];
  /** Sequences that are in no log, or that a reader of the log did not come by. */
  readonly gaps: readonly string[];
  /** Partitions whose ledger does not balance. */
  readonly unbalanced: readonly string[];
  /** Streams of which a server lacks something in the end. */
  readonly behind: readonly string[];
}

const BETWEEN_MS = [3000, 6000] as const;
/** Log time after the last message, in which devices fall silent. */
const QUIET_MS = 15_000;
const SAME_CONFIDENCE = 1e-4;

/** Lets gateways and servers go one after the other while phones send at all doors, then compares what is stored with what the logs lead to. */
export async function runClusterFaults(options: ClusterFaultOptions): Promise<ClusterReport> {
  await using world = await startClusterWorld(options);
  await using memory = await watchingMemory(world);
  await keepLogs(memory, world.partitions);
  await using owners = await watchOwners(memory, world.partitions);
  await owners.settled();
  const webhook = await addWebhook(world);
  await using loads = new Closers();
  const running: PhoneLoad[] = [];
  for (const [index, { door }] of world.gateways.entries()) {
    const phones = loadPhones(options.seed + index, Date.now(), options.phones, `door${index}-`);
    running.push(loads.add(await startPhoneLoad(door, phones)));
  }
  const rounds = await runRounds(world, owners, options);
  await Promise.all(running.map((load) => load.stop()));
  await owners.reached(Date.now() + QUIET_MS);
  await untilDelivered(world, webhook);
  await Promise.all(world.gateways.map(({ process }) => process.stop()));
  await owners.released();

  const records = owners.records();
  // Asked before the logs are read: reading leaves the connection no time for minutes, and the servers end it.
  const behind = await streamsBehind(memory, world.partitions);
  const logs = await Promise.all(records.map(({ position }, index) => readLog(memory, index, position)));
  const gaps = (await Promise.all(logs.map((log, index) => gapsOf(memory, index, log)))).flat();
  const expected = await readUndisturbed(world.config, logs);
  const phones = running.flatMap((load) => load.phones);
  const stored = await storedWindows(world, phones, expected.windows.length);
  const { rewrittenSame, rewrittenOther, stale } = world.audit.counts;
  return {
    ...compareWindows(expected.windows, stored),
    rounds,
    rewrittenSame,
    rewrittenOther,
    stale,
    statuses: differencesOf(expected.statuses, await storedStatuses(world, phones, expected.statuses)),
    webhooks: wronglyTold(expected.told, world.receiver.received, options.rounds),
    crashes: world.gateways.flatMap(({ process }) => process.crashes),
    unacknowledgedLost: running.reduce((sum, { pending }) => sum + pending, 0),
    acknowledgedLost: running.flatMap((load) => messagesNotIn(logs, load.phones, load.periods)),
    unbalanced: records.flatMap(({ ledger }, index) =>
      ledger?.balanced === true ? [] : [`${index}: ${JSON.stringify(ledger)}`],
    ),
    gaps,
    behind,
  };
}

function watchingMemory({ nats, partitions, config }: ClusterWorld): Promise<SharedMemory> {
  const { name, replicas, logBytes } = config.cluster;
  const address = { servers: nats.urls, name: 'watcher' };
  return openSharedMemory(address, { name, partitions, replicas, logBytes });
}

async function runRounds(
  world: ClusterWorld,
  owners: Owners,
  { rounds, seed, onRound, servers }: ClusterFaultOptions,
): Promise<ClusterRound[]> {
  const random = createHashRandom(seed);
  const faults = CLUSTER_FAULTS.filter(({ needsServers }) => !needsServers || servers === 3);
  const done: ClusterRound[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await sleep(random.between(...BETWEEN_MS));
    await owners.settled();
    const fault = faults[round % faults.length];
    const victim = world.gateways[Math.floor(random.between(0, world.gateways.length))];
    if (fault === undefined || victim === undefined) throw new Error('there is nothing to break');
    const had = owners.of(victim.name);
    const [takeoverMs] = await Promise.all([
      fault.isTakenOver && had.length > 0 ? owners.takenFrom(victim.name, had) : undefined,
      fault.happen({ world, victim, random, round: Math.floor(round / faults.length) }),
    ]);
    const name = fault.isTakenOver ? victim.name : '';
    const line = { round: round + 1, fault: fault.name, victim: name, takeoverMs };
    done.push(line);
    onRound(line);
  }
  return done;
}

/** The statuses that the database holds of the phones, of those targets that there should be any of. */
async function storedStatuses(
  { config, influxd }: ClusterWorld,
  phones: readonly SimulatedPhone[],
  expected: readonly StatusPoint[],
): Promise<StatusPoint[]> {
  await using store = createInfluxStore({ url: influxd.url, database: config.store.influxdb.database });
  const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER / 1000 };
  const targets = [...new Set(expected.map(({ target }) => target))];
  const lists = phones.flatMap(({ device }) =>
    targets.map((target) => store.statuses(device, target, range)),
  );
  return (await Promise.all(lists)).flat();
}

function differencesOf(expected: readonly StatusPoint[], stored: readonly StatusPoint[]): string[] {
  const open = new Map(expected.map((point) => [keyOf(point), point]));
  const others = stored.flatMap((point) => {
    const wanted = open.get(keyOf(point));
    open.delete(keyOf(point));
    const isSame =
      wanted?.status === point.status && Math.abs(wanted.confidence - point.confidence) < SAME_CONFIDENCE;
    return isSame ? [] : [`${keyOf(point)} is ${point.status} instead of ${wanted?.status}`];
  });
  return [...others, ...Array.from(open.keys(), (key) => `${key} is missing`)];
}

function keyOf({ device, target, atMs }: StatusPoint): string {
  return `${device}/${target}/${atMs}`;
}
