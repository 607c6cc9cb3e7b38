import { JetStreamApiCodes, JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import pLimit from 'p-limit';
import { bucketStream } from './cluster-streams.js';
import type { Revised, WriteOutcome } from './ownership.js';

/** What a bucket holds under a key; `value` is `undefined` once it was removed. */
export interface BucketEntry extends Revised<Uint8Array | undefined> {
  readonly key: string;
  /** When it was written, by the clock of NATS, epoch milliseconds. */
  readonly writtenAtMs: number;
}

/** Longest wait for the answer to a write, milliseconds. */
const WRITE_WITHIN_MS = 2000;
/** Values read at once. */
const AT_ONCE = 64;

const CONFLICTS: readonly number[] = [
  JetStreamApiCodes.StreamWrongLastSequence,
  JetStreamApiCodes.StreamWrongLastSequenceUnknown,
];

/** A key-value bucket of NATS, read from its leader: a copy may be behind, and what is behind must not be built upon. */
export class Bucket {
  readonly #kv: KV;
  readonly #manager: JetStreamManager;

  constructor(kv: KV, manager: JetStreamManager) {
    this.#kv = kv;
    this.#manager = manager;
  }

  /** `undefined` where nothing was ever written. */
  async get(key: string): Promise<BucketEntry | undefined> {
    const entry = await this.#kv.get(key);
    if (entry === null) return undefined;
    const value = entry.operation === 'PUT' ? entry.value : undefined;
    return { key, revision: entry.revision, value, writtenAtMs: entry.created.getTime() };
  }

  /** Writes if the key is still at that revision; 0: if it was never written. */
  async update(key: string, value: Uint8Array, revision: number): Promise<WriteOutcome> {
    try {
      const written = await this.#kv.put(key, value, { previousSeq: revision, timeout: WRITE_WITHIN_MS });
      return { kind: 'written', revision: written };
    } catch (error) {
      return { kind: isConflict(error) ? 'refused' : 'unknown' };
    }
  }

  /** Writes whatever is there. @returns the revision */
  async put(key: string, value: Uint8Array): Promise<number> {
    return await this.#kv.put(key, value, { timeout: WRITE_WITHIN_MS });
  }

  /** Leaves no value under the key. */
  async remove(key: string): Promise<void> {
    await this.#kv.purge(key);
  }

  /** Leaves no value under the key if it is still at that revision. */
  async removeIfAt(key: string, revision: number): Promise<{ readonly kind: WriteOutcome['kind'] }> {
    try {
      await this.#kv.purge(key, { previousSeq: revision });
      return { kind: 'written' };
    } catch (error) {
      return { kind: isConflict(error) ? 'refused' : 'unknown' };
    }
  }

  /** Everything that it holds. */
  async all(): Promise<BucketEntry[]> {
    const read = pLimit(AT_ONCE);
    const entries = await Promise.all((await this.keys()).map((key) => read(() => this.get(key))));
    return entries.filter((entry) => entry !== undefined);
  }

  /** All keys, or those that begin with a token; a key whose value was removed may be among them. */
  async keys(token?: string): Promise<string[]> {
    const bucket = (await this.#kv.status()).bucket;
    const prefix = `$KV.${bucket}.`;
    const info = await this.#manager.streams.info(bucketStream(bucket), {
      subjects_filter: token === undefined ? `${prefix}>` : `${prefix}${token}.>`,
    });
    return Object.keys(info.state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
  }

  /** Tells what is there and then each change, until it is disposed of. Values may come late, never out of order. */
  async watch(onEntry: (entry: BucketEntry) => void): Promise<AsyncDisposable> {
    const entries = await this.#kv.watch();
    const done = (async () => {
      for await (const { key, revision, operation, value, created } of entries)
        onEntry({
          key,
          revision,
          value: operation === 'PUT' ? value : undefined,
          writtenAtMs: created.getTime(),
        });
    })();
    return {
      [Symbol.asyncDispose]: async () => {
        entries.stop();
        await done.catch(() => undefined);
      },
    };
  }
}

/** A plain value as a bucket holds it. */
export function toBytes(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** Inverse of {@link toBytes}: gateways of one cluster write what they read. */
export function fromBytes<T extends object>(bytes: Uint8Array): T {
  return JSON.parse(Buffer.from(bytes).toString()) as T;
}

function isConflict(error: unknown): boolean {
  return error instanceof JetStreamApiError && CONFLICTS.includes(error.code);
}
