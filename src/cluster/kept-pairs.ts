import type { CompanyProgress } from '../company/company-state.js';
import type { PairState } from '../company/pair-tracker.js';
import type { HeardCompany } from '../company/shared-finder.js';
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

/**
 * A record that is lost, made again of what devices were told: without it nobody would compare those who are together, and
 * they would be so for ever.
 *
 * @param heard by the devices of the partition
 * @returns `undefined` where nobody is together
 */
export function recordFrom(heard: ReadonlyMap<DeviceId, readonly HeardCompany[]>): KeptProgress | undefined {
  const told = [...heard].flatMap(([first, others]) =>
    others.filter((now) => now.status === 'together' && first < now.with).map((now) => ({ first, now })),
  );
  if (told.length === 0) return undefined;
  const reachedMs = new Map<DeviceId, number>();
  for (const { first, now } of told)
    for (const device of [first, now.with])
      reachedMs.set(device, Math.max(reachedMs.get(device) ?? now.atMs, now.atMs));
  return {
    token: 0,
    keptAtMs: Math.min(...told.map(({ now }) => now.heardAtMs)),
    progress: {
      devices: Array.from(reachedMs, ([device, ms]) => ({ device, reachedMs: ms })),
      pairs: told.map(({ first, now }) => ({
        first,
        second: now.with,
        state: togetherAs(now),
        alikeMs: now.atMs,
      })),
    },
  };
}

function togetherAs({ sinceMs, atMs, probability }: HeardCompany): PairState {
  return {
    status: 'together',
    sinceMs,
    belief: probability,
    evaluatedMs: atMs,
    informedMs: atMs,
    candidate: undefined,
    trend: { isFor: true, sinceMs },
    wasTogether: true,
  };
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
