import type { LedgerSnapshot } from '../domain/ledger.js';
import { sumOfLedgers } from '../telemetry/ledger.js';
import { type Bucket, fromBytes } from './bucket.js';
import { timeOfNats } from './cluster-clock.js';
import type { SharedMemory } from './connect-nats.js';
import type { MemberRecord } from './members.js';
import { readRecord } from './owned-record.js';
import { type OwnerRecord, UNOWNED } from './ownership.js';
import { bridgeKey } from './partition.js';
import { PartitionLog } from './partition-log.js';
import { readIdentity } from './prepare-streams.js';

/** A partition as everybody may see it. */
export interface PartitionStatus {
  readonly partition: number;
  /** Empty while nobody owns it. */
  readonly owner: string;
  readonly token: number;
  /** Messages of the log up to here are done, or held by the states of their devices. */
  readonly position: number;
  /** Messages in the log after that, marks of time included. */
  readonly lag: number;
}

/** A gateway as everybody may see it. */
export interface GatewayStatus extends MemberRecord {
  readonly name: string;
  /** How many it owns. */
  readonly partitions: number;
  /** Of its partitions together. */
  readonly lag: number;
  /** Since it said last that it is there, milliseconds; it says so twice a second. */
  readonly silentMs: number;
}

/** Who is the client of an external broker. */
export interface BridgeStatus {
  /** The broker, and the client there. */
  readonly to: string;
  /** Empty while no gateway has it. */
  readonly owner: string;
  readonly token: number;
  /** What its owner says is wrong. */
  readonly problem?: string;
}

export interface ClusterStatus {
  /** Of the cluster. */
  readonly name: string;
  readonly gateways: readonly GatewayStatus[];
  readonly partitions: readonly PartitionStatus[];
  /** To the external brokers that gateways name. */
  readonly bridges: readonly BridgeStatus[];
  /** Of all partitions, as of their last checkpoints. */
  readonly ledger: LedgerSnapshot;
}

/** Reads who owns what, and how far each is. A gateway that died without a word is named for half a minute. */
export async function readClusterStatus({
  owners,
  members,
  log,
  manager,
}: Pick<SharedMemory, 'owners' | 'members' | 'log' | 'manager'>): Promise<ClusterStatus> {
  const { name, partitions } = await readIdentity(manager);
  const records = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => readPartition(partition, { owners, log, manager })),
  );
  const known = (await members.all()).flatMap(({ key, value, writtenAtMs }) =>
    value === undefined ? [] : [{ name: key, member: fromBytes<MemberRecord>(value), writtenAtMs }],
  );
  const brokers = new Set(known.flatMap(({ member }) => member.bridge?.to ?? []));
  const nowMs = await timeOfNats(manager);
  return {
    name,
    gateways: known.map(({ name, member, writtenAtMs }) => {
      const owned = records.filter(({ owner }) => owner === name);
      const lag = owned.reduce((sum, record) => sum + record.lag, 0);
      const silentMs = Math.max(0, (nowMs ?? writtenAtMs) - writtenAtMs);
      return { name, ...member, partitions: owned.length, lag, silentMs };
    }),
    partitions: records.map(({ ledger: _, ...status }) => status),
    bridges: await Promise.all(Array.from(brokers, (to) => readBridge(to, owners, known))),
    ledger: sumOfLedgers(records.flatMap(({ ledger }) => (ledger === undefined ? [] : [ledger]))),
  };
}

async function readBridge(
  to: string,
  owners: Bucket,
  known: readonly { readonly name: string; readonly member: MemberRecord }[],
): Promise<BridgeStatus> {
  const { owner, token } = (await readRecord(owners, bridgeKey(to)))?.value ?? UNOWNED;
  const problem = known.find(({ name }) => name === owner)?.member.bridge?.problem;
  return { to, owner, token, ...(problem === undefined ? {} : { problem }) };
}

async function readPartition(
  partition: number,
  { owners, log, manager }: Pick<SharedMemory, 'owners' | 'log' | 'manager'>,
): Promise<PartitionStatus & Pick<OwnerRecord, 'ledger'>> {
  const [found, last] = await Promise.all([
    readRecord(owners, String(partition)),
    new PartitionLog(partition, log, manager).lastSequence(),
  ]);
  const { owner, token, position, ledger } = found?.value ?? UNOWNED;
  return { partition, owner, token, position, lag: Math.max(0, last - position), ledger };
}
