import pLimit from 'p-limit';
import type { DeviceId } from '../domain/ids.js';
import { decodeRecord, encodeRecord } from '../storage/journal/record-codec.js';
import type { Bucket } from './bucket.js';
import { escapeName } from './partition.js';

/** What an owner keeps of a device for the next one. */
export interface KeptState {
  readonly device: DeviceId;
  /** Of the owner that wrote it. */
  readonly token: number;
  /** Messages up to this sequence are known to the state. */
  readonly position: number;
  /** Messages that must be gone through again: their windows are not all in the store. */
  readonly retained: readonly number[];
  readonly state: unknown;
}

/** Longest that one write is tried for, in conflicts in a row. */
const MOST_TRIES = 5;
/** States read or written at once. */
const AT_ONCE = 64;

/** The states of one partition's devices, as its owner reads and writes them. */
export class DeviceStates {
  readonly #bucket: Bucket;
  readonly #partition: number;
  readonly #token: number;
  readonly #revisions = new Map<DeviceId, number>();

  /** @param token of the owner */
  constructor(bucket: Bucket, partition: number, token: number) {
    this.#bucket = bucket;
    this.#partition = partition;
    this.#token = token;
  }

  /** What the owners before left; what this version does not understand is left out. */
  async read(): Promise<KeptState[]> {
    const keys = await this.#bucket.keys(String(this.#partition));
    const found = await pLimit(AT_ONCE).map(keys, async (key) => {
      const entry = await this.#bucket.get(key);
      if (entry?.value === undefined) return [];
      const kept = decode(entry.value);
      if (kept === undefined) return [];
      this.#revisions.set(kept.device, entry.revision);
      return [kept];
    });
    return found.flat();
  }

  /** @returns whether all are written; `false` when a later owner has written one, or the servers do not answer */
  async write(states: readonly Omit<KeptState, 'token'>[]): Promise<boolean> {
    const written = await pLimit(AT_ONCE).map(states, (state) =>
      this.#write({ ...state, token: this.#token }),
    );
    return written.every(Boolean);
  }

  async forget(devices: readonly DeviceId[]): Promise<void> {
    for (const device of devices) {
      this.#revisions.delete(device);
      await this.#bucket.remove(this.#keyOf(device));
    }
  }

  async #write(kept: KeptState): Promise<boolean> {
    const key = this.#keyOf(kept.device);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const revision = this.#revisions.get(kept.device) ?? 0;
      const outcome = await this.#bucket.update(key, encodeRecord(kept), revision);
      if (outcome.kind === 'written') {
        this.#revisions.set(kept.device, outcome.revision);
        return true;
      }
      const there = await this.#bucket.get(key).catch(() => undefined);
      if (there === undefined) continue;
      const other = there.value === undefined ? undefined : decode(there.value);
      if (other !== undefined && isAhead(other, kept)) return false;
      this.#revisions.set(kept.device, there.revision);
    }
    return false;
  }

  #keyOf(device: DeviceId): string {
    return `${this.#partition}.${escapeName(device)}`;
  }
}

/** A state never goes back: neither to an earlier owner's, nor to an earlier message. */
function isAhead(other: KeptState, own: KeptState): boolean {
  return other.token > own.token || (other.token === own.token && other.position > own.position);
}

function decode(bytes: Uint8Array): KeptState | undefined {
  // Written by `write` of this module; the checksum says that it is whole.
  return decodeRecord(Buffer.from(bytes))?.value as KeptState | undefined;
}
