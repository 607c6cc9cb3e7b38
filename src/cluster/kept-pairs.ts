import type { CompanyProgress } from '../company/company-state.js';
import type { DeviceId } from '../domain/ids.js';
import { decodeRecord, encodeRecord } from '../storage/journal/record-codec.js';
import type { Bucket } from './bucket.js';
import type { Forgotten } from './forgotten.js';

/** What the owner of a partition keeps of its pairs for the next one. */
export interface KeptProgress {
  /** Of the owner that wrote it. */
  readonly token: number;
  /** By the clock of the cluster, epoch milliseconds. */
  readonly keptAtMs: number;
  readonly progress: CompanyProgress;
}

/** The record of one partition's pairs, as its owner reads and writes it; what a later owner wrote is left as it is. */
export class KeptPairs {
  readonly #bucket: Pick<Bucket, 'get' | 'update'>;
  readonly #key: string;
  #revision = 0;

  constructor(bucket: Pick<Bucket, 'get' | 'update'>, partition: number) {
    this.#bucket = bucket;
    this.#key = String(partition);
  }

  /** What the owner before has left; `undefined` where there is nothing, or nothing that this version understands. */
  async read(): Promise<KeptProgress | undefined> {
    const entry = await this.#bucket.get(this.#key);
    this.#revision = entry?.revision ?? 0;
    return entry?.value === undefined ? undefined : decode(entry.value);
  }

  /** @returns whether it is written; else a later owner was there, or the next time it is tried again */
  async write(kept: KeptProgress): Promise<boolean> {
    const outcome = await this.#bucket.update(this.#key, encodeRecord(kept), this.#revision);
    if (outcome.kind === 'written') {
      this.#revision = outcome.revision;
      return true;
    }
    const there = await this.#bucket.get(this.#key);
    const other = there?.value === undefined ? undefined : decode(there.value);
    if ((other?.token ?? 0) <= kept.token) this.#revision = there?.revision ?? 0;
    return false;
  }
}

/** What was kept, but for devices that were forgotten meanwhile. */
export function withoutErased(
  { progress, ...kept }: KeptProgress,
  forgotten: Pick<Forgotten, 'isErased'>,
): KeptProgress {
  const isLeft = (device: DeviceId): boolean => !forgotten.isErased(device, kept.keptAtMs);
  return {
    ...kept,
    progress: {
      ...progress,
      devices: progress.devices.filter(({ device }) => isLeft(device)),
      pairs: progress.pairs.filter(({ first, second }) => isLeft(first) && isLeft(second)),
    },
  };
}

function decode(bytes: Uint8Array): KeptProgress | undefined {
  // Written by `write` of this module; the checksum says that it is whole.
  return decodeRecord(Buffer.from(bytes))?.value as KeptProgress | undefined;
}
