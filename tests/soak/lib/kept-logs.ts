import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { logName } from '../../../src/cluster/cluster-streams.js';
import type { SharedMemory } from '../../../src/cluster/connect-nats.js';
import { type LogEntry, PartitionLog } from '../../../src/cluster/partition-log.js';

const LEVEL = { level: 1 };

/**
 * Has the logs of a cluster keep everything, so that they can be read from their beginning afterwards: their owners go on
 * wanting to cut them, and are refused, which harms nothing.
 */
export async function keepLogs(
  { manager }: Pick<SharedMemory, 'manager'>,
  partitions: number,
): Promise<void> {
  for (let partition = 0; partition < partitions; partition += 1)
    await manager.streams.update(logName(partition), { deny_purge: true });
}

/** The entries of a log up to a sequence. */
export async function readLog(
  { log, manager }: Pick<SharedMemory, 'log' | 'manager'>,
  partition: number,
  lastSequence: number,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  const done = new AbortController();
  if (lastSequence === 0) return entries;
  for await (const entry of new PartitionLog(partition, log, manager).read(0, done.signal)) {
    if (entry.sequence <= lastSequence) entries.push(packed(entry));
    if (entry.sequence >= lastSequence) break;
  }
  done.abort();
  return entries;
}

/** Sequences after its first entry that a log does not hold although it keeps everything, with what the server says of each. */
export async function gapsOf(
  { manager }: Pick<SharedMemory, 'manager'>,
  partition: number,
  entries: readonly LogEntry[],
): Promise<string[]> {
  const there = new Set(entries.map(({ sequence }) => sequence));
  const [first = 0, last = 0] = [entries[0]?.sequence, entries.at(-1)?.sequence];
  const gone = Array.from({ length: last - first }, (_, index) => first + index).filter(
    (each) => !there.has(each),
  );
  return await Promise.all(
    gone.map(async (seq) => {
      const stored = await manager.streams.getMessage(logName(partition), { seq }).catch(() => null);
      return `log ${partition}, sequence ${seq}: ${stored === null ? 'the server does not have it' : 'it was not read'}`;
    }),
  );
}

/** The same entry in a quarter of the memory. */
function packed({ message, ...entry }: LogEntry): LogEntry {
  if (message === undefined) return { ...entry, message };
  const { payload, ...rest } = message;
  const data = deflateRawSync(payload, LEVEL);
  return {
    ...entry,
    get message() {
      return { ...rest, payload: inflateRawSync(data) };
    },
  };
}
