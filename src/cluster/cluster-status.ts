import type { LedgerSnapshot } from '../domain/ledger.js';
import { sumOfLedgers } from '../telemetry/ledger.js';
import { fromBytes } from './bucket.js';
import type { SharedMemory } from './connect-nats.js';
import type { MemberRecord } from './members.js';
import { readRecord } from './owned-record.js';
import { UNOWNED } from './ownership.js';
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

export interface ClusterStatus {
  /** Of the cluster. */
  readonly name: string;
  readonly gateways: readonly (MemberRecord & { readonly name: string; readonly partitions: number })[];
  readonly partitions: readonly PartitionStatus[];
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
  const numbers = Array.from({ length: partitions }, (_, partition) => partition);
  const records = await Promise.all(
    numbers.map(async (partition) => (await readRecord(owners, partition))?.value ?? UNOWNED),
  );
  const lasts = await Promise.all(
    numbers.map((partition) => new PartitionLog(partition, log, manager).lastSequence()),
  );
  const known = await Promise.all((await members.keys()).map((key) => members.get(key)));
  return {
    name,
    gateways: known.flatMap((entry) => {
      if (entry?.value === undefined) return [];
      const owned = records.filter(({ owner }) => owner === entry.key).length;
      return [{ name: entry.key, ...fromBytes<MemberRecord>(entry.value), partitions: owned }];
    }),
    partitions: records.map(({ owner, token, position }, partition) => {
      return { partition, owner, token, position, lag: Math.max(0, (lasts[partition] ?? 0) - position) };
    }),
    ledger: sumOfLedgers(records.flatMap(({ ledger }) => (ledger === undefined ? [] : [ledger]))),
  };
}
