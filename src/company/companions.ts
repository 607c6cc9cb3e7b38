import type { DeviceId } from '../domain/ids.js';
import type { CompanyUpdate } from '../domain/store.js';
import type { CompanyNow } from './company-engine.js';

/** A device that was looked at. */
export interface SeenDevice {
  readonly device: DeviceId;
  /** End of its newest second, epoch milliseconds of event time. */
  readonly atMs: number;
  /** The other device that it is most probably together with. */
  readonly company: CompanyNow | undefined;
  /** Since when it is with somebody, or with nobody, as far as that is known, epoch milliseconds. */
  readonly sinceMs: number;
  /** Nothing comes of it any more. */
  readonly isGone: boolean;
}

/** What a step found out. */
export interface Found {
  readonly updates: readonly CompanyUpdate[];
  readonly seen: readonly SeenDevice[];
}

export const NOTHING_FOUND: Found = { updates: [], seen: [] };

/** With whom devices are, and how far that is known. */
export class Companions {
  readonly #company = new Map<DeviceId, Map<DeviceId, CompanyNow>>();
  /** End of the newest second of each device, and since when it is with nobody; epoch milliseconds. */
  readonly #newestMs = new Map<DeviceId, number>();
  readonly #aloneMs = new Map<DeviceId, number>();

  /** What was found out of a device and another. */
  note(device: DeviceId, now: CompanyNow): void {
    const others = this.#company.get(device) ?? new Map<DeviceId, CompanyNow>();
    if (now.status === 'together') others.set(now.with, now);
    else others.delete(now.with);
    if (others.size > 0) {
      this.#company.set(device, others);
      this.#aloneMs.delete(device);
    } else {
      this.#company.delete(device);
      this.#aloneMs.set(device, now.sinceMs);
    }
  }

  /** A device has sent another second. */
  reach(device: DeviceId, newestMs: number): void {
    this.#newestMs.set(device, newestMs);
  }

  /** End of a device's newest second; `undefined` where nothing of it is known. Epoch milliseconds. */
  newestMs(device: DeviceId): number | undefined {
    return this.#newestMs.get(device);
  }

  look(device: DeviceId): SeenDevice {
    const others = [...(this.#company.get(device)?.values() ?? [])];
    const [company] = others.sort((a, b) => b.probability - a.probability);
    const atMs = this.#newestMs.get(device) ?? company?.sinceMs ?? Number.NEGATIVE_INFINITY;
    const sinceMs = company?.sinceMs ?? this.#aloneMs.get(device) ?? atMs;
    return { device, atMs, company, sinceMs, isGone: false };
  }

  /** Nothing of a device is left. @returns the last look at it */
  forget(device: DeviceId): SeenDevice {
    const last = this.look(device);
    this.#company.delete(device);
    this.#newestMs.delete(device);
    this.#aloneMs.delete(device);
    return { ...last, company: undefined, isGone: true };
  }

  /** Who is together now, as it was found out. */
  now(): CompanyUpdate[] {
    return [...this.#company].flatMap(([device, others]) =>
      Array.from(others.values(), (now) => ({ device, ...now, atMs: now.sinceMs })),
    );
  }
}
