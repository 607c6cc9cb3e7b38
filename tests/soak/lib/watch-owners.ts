import { setTimeout as sleep } from 'node:timers/promises';
import { fromBytes } from '../../../src/cluster/bucket.js';
import { bucketStream, logName, OWNER_BUCKET, STATE_BUCKET } from '../../../src/cluster/cluster-streams.js';
import type { SharedMemory } from '../../../src/cluster/connect-nats.js';
import type { OwnerRecord } from '../../../src/cluster/ownership.js';

const WITHIN_MS = 90_000;
const POLL_MS = 20;

/** Who owns what, as the gateways say it. */
export interface Owners extends AsyncDisposable {
  of(gateway: string): number[];
  /** Resolves to how long it took until others had taken those partitions, milliseconds. */
  takenFrom(gateway: string, partitions: readonly number[]): Promise<number>;
  /** Resolves once every partition has an owner. */
  settled(): Promise<void>;
  /** Resolves once the logs of all partitions have been read and kept up to a time, epoch milliseconds. */
  reached(ms: number): Promise<void>;
  /** Resolves once everything is handed over and nobody owns anything. */
  released(): Promise<void>;
  /** As they were written last, by partition. */
  records(): readonly OwnerRecord[];
}

export async function watchOwners(
  { owners }: Pick<SharedMemory, 'owners'>,
  partitions: number,
): Promise<Owners> {
  const records = new Map<number, OwnerRecord>();
  const watching = await owners.watch(({ key, value }) => {
    if (value !== undefined) records.set(Number(key), fromBytes(value));
  });
  const isOf = (partition: number, gateway: string): boolean =>
    records.get(partition)?.owner.startsWith(`${gateway}-`) === true;
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const until = async (isSo: (partition: number) => boolean, what: string): Promise<void> => {
    const deadlineMs = performance.now() + WITHIN_MS;
    while (!all.every(isSo)) {
      if (performance.now() > deadlineMs) throw new Error(`${what}: ${JSON.stringify([...records])}`);
      await sleep(POLL_MS);
    }
  };
  const ownerOf = (partition: number): string => records.get(partition)?.owner ?? '';
  return {
    of: (gateway) => all.filter((partition) => isOf(partition, gateway)),
    takenFrom: async (gateway, taken) => {
      const startedMs = performance.now();
      const isTaken = (partition: number): boolean =>
        !taken.includes(partition) || !(isOf(partition, gateway) || ownerOf(partition) === '');
      await until(isTaken, `not taken over from ${gateway}`);
      return performance.now() - startedMs;
    },
    settled: () => until((partition) => ownerOf(partition) !== '', 'without owner'),
    reached: (ms) => until((partition) => (records.get(partition)?.streamMs ?? 0) >= ms, 'not read that far'),
    released: () => until((partition) => ownerOf(partition) === '', 'not handed over'),
    records: () => all.flatMap((partition) => records.get(partition) ?? []),
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  };
}

/** Streams of which some server does not have everything that the others have; asked until there are none, or for too long. */
export async function streamsBehind(
  { manager }: Pick<SharedMemory, 'manager'>,
  partitions: number,
): Promise<string[]> {
  const logs = Array.from({ length: partitions }, (_, partition) => logName(partition));
  const names = [...logs, bucketStream(OWNER_BUCKET), bucketStream(STATE_BUCKET)];
  const deadlineMs = performance.now() + WITHIN_MS;
  for (;;) {
    const infos = await Promise.all(names.map((name) => manager.streams.info(name)));
    const behind = infos.flatMap(({ config: { name }, cluster }) =>
      (cluster?.replicas ?? []).flatMap(({ name: server, current, lag = 0 }) =>
        current && lag === 0 ? [] : [`${name} at ${server}`],
      ),
    );
    if (behind.length === 0 || performance.now() > deadlineMs) return behind;
    await sleep(POLL_MS);
  }
}
