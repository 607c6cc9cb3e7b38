import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { SharedMemory } from '../../../src/cluster/connect-nats.js';
import { type LogEntry, PartitionLog } from '../../../src/cluster/partition-log.js';

const AGAIN_MS = 200;
const POLL_MS = 100;
const LEVEL = { level: 1 };

/** Everything that was ever in the logs of a cluster, also what owners have cut off since: read along while it happens. */
export class LogCopy implements AsyncDisposable {
  readonly #entries: LogEntry[][];
  readonly #gaps: string[] = [];
  readonly #stopping = new AbortController();
  readonly #following: Promise<unknown>;

  constructor(memory: Pick<SharedMemory, 'log' | 'manager'>, partitions: number) {
    // Each partition listens for the end.
    setMaxListeners(0, this.#stopping.signal);
    this.#entries = Array.from({ length: partitions }, () => []);
    this.#following = Promise.all(
      this.#entries.map((entries, partition) =>
        this.#follow(new PartitionLog(partition, memory.log, memory.manager), entries),
      ),
    );
  }

  /** Entries that were cut off before they could be copied: then nothing can be said of the rounds. */
  get gaps(): readonly string[] {
    return this.#gaps;
  }

  /** Resolves once something of every partition was read: whatever is written from then on is copied. */
  async begun(): Promise<void> {
    while (this.#entries.some(({ length }) => length === 0)) await sleep(POLL_MS);
  }

  /** The entries of a partition up to a sequence, once they are all here. */
  async upTo(partition: number, sequence: number): Promise<readonly LogEntry[]> {
    const entries = this.#entries[partition] ?? [];
    while ((entries.at(-1)?.sequence ?? 0) < sequence) await sleep(POLL_MS);
    return entries.filter((entry) => entry.sequence <= sequence);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#following;
  }

  async #follow(log: PartitionLog, entries: LogEntry[]): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const last = entries.at(-1)?.sequence ?? 0;
      try {
        for await (const entry of log.read(last, signal)) this.#add(log.partition, entries, entry);
      } catch {
        // A server is away.
        await sleep(AGAIN_MS);
      }
    }
  }

  #add(partition: number, entries: LogEntry[], entry: LogEntry): void {
    const last = entries.at(-1)?.sequence ?? 0;
    if (last > 0 && entry.sequence !== last + 1)
      this.#gaps.push(`partition ${partition}: ${last} to ${entry.sequence}`);
    entries.push(packed(entry));
  }
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
