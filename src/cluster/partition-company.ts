import { Subject } from 'rxjs';
import { Accompaniment, type AccompanimentOptions } from '../company/accompaniment.js';
import type { Found } from '../company/companions.js';
import type { FindCompanyOptions } from '../company/find-company.js';
import { type HeardCompany, SharedFinder, type SharedFinderOptions } from '../company/shared-finder.js';
import type { DeviceId } from '../domain/ids.js';
import type { CompanyUpdate } from '../domain/store.js';
import type { PathCompany } from '../gateway/run-pipeline.js';
import type { SuppressedDevices } from '../gateway/suppressed-devices.js';
import type { LogEntry } from './partition-log.js';
import type { PartitionPairs } from './partition-pairs.js';

/** How often stages look for what is due, milliseconds. */
const SWEEP_MS = 1000;

interface PartitionCompanyParts extends SharedFinderOptions, AccompanimentOptions {
  readonly left$: FindCompanyOptions['left$'];
  /** Time of the partition's log, epoch milliseconds. */
  readonly logMs: () => number;
  /** Whether a device was erased at a time or later, epoch milliseconds. */
  readonly isErased: (device: DeviceId, atMs: number) => boolean;
  readonly pairs: PartitionPairs;
}

/**
 * Company of one partition's devices: their signatures go out, and what the owners of their pairs find out comes in by the
 * partition's log. With whom they are is part of their states.
 */
export class PartitionCompany implements PathCompany {
  readonly accompaniment: Accompaniment;
  readonly pairs: PartitionPairs;
  readonly kept: Pick<SharedFinder, 'of' | 'takeChanged'>;
  readonly #parts: PartitionCompanyParts;
  readonly #finder: SharedFinder;
  readonly #heard$ = new Subject<Found>();

  /** @param kept what the owner before has left */
  constructor(parts: PartitionCompanyParts, kept: ReadonlyMap<DeviceId, readonly HeardCompany[]>) {
    const { isErased, logMs } = parts;
    this.#parts = parts;
    this.pairs = parts.pairs;
    this.accompaniment = new Accompaniment(parts);
    this.#finder = new SharedFinder(parts);
    this.kept = this.#finder;
    const left = Array.from(kept, ([device, heard]) => {
      const others = heard.filter((now) => !isErased(now.with, now.heardAtMs));
      return [device, others] as const;
    });
    this.#finder.restore(new Map(left), logMs());
    for (const update of this.now()) this.accompaniment.resume(update);
  }

  stage({ letGo$ }: Pick<SuppressedDevices, 'letGo$'>): FindCompanyOptions {
    const { left$, logMs } = this.#parts;
    return {
      finder: this.#finder,
      heard$: this.#heard$,
      left$,
      letGo$,
      silenceClock: { nowMs: logMs },
      isTimeOfLog: true,
      sweepMs: SWEEP_MS,
    };
  }

  neededFromMs(device: DeviceId): number {
    return this.#finder.neededFromMs(device);
  }

  /** Takes what the owner of a pair has written into the log. */
  hear({ company, timeMs }: Pick<LogEntry, 'company' | 'timeMs'>): void {
    if (company === undefined) return;
    const isErased = this.#parts.isErased(company.with, timeMs);
    this.#heard$.next(this.#finder.hear({ ...company, ...(isErased && { isErased }) }, timeMs));
  }

  /** A device is erased: nobody is with it any more, and its name is kept nowhere. */
  async erase(device: DeviceId): Promise<void> {
    this.#heard$.next(this.#finder.eraseOther(device));
    await this.pairs.erase(device);
  }

  /** Who is together now of the partition's devices with whom. */
  now(): CompanyUpdate[] {
    return this.#finder.now();
  }
}
