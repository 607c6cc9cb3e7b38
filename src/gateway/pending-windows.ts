import type { DeviceId } from '../domain/ids.js';

/** What names a window's result. */
export interface WindowKey {
  readonly device: DeviceId;
  readonly model: string;
  /** Epoch milliseconds. */
  readonly endMs: number;
}

/**
 * The windows that are due and neither stored nor skipped yet, each with the arrival of the message that completed it.
 *
 * Counted window by window, never computed from other counts, so that the ledger shows a window that got lost.
 */
export class PendingWindows {
  readonly #arrivals = new Map<string, number[]>();
  readonly #elsewhere: (() => number)[] = [];
  #count = 0;

  get count(): number {
    return this.#elsewhere.reduce((sum, count) => sum + count(), this.#count);
  }

  /** Counts windows, too, that wait in a place of their own and were settled here. */
  countElsewhere(count: () => number): void {
    this.#elsewhere.push(count);
  }

  /** Whether a window of a device is pending. */
  hasOf(device: DeviceId): boolean {
    const prefix = `${device}/`;
    return [...this.#arrivals.keys()].some((name) => name.startsWith(prefix));
  }

  /** @param arrivedAtMs gateway time of the completing message, epoch milliseconds */
  add(key: WindowKey, arrivedAtMs: number): void {
    const name = nameOf(key);
    const arrivals = this.#arrivals.get(name);
    if (arrivals === undefined) this.#arrivals.set(name, [arrivedAtMs]);
    else arrivals.push(arrivedAtMs);
    this.#count += 1;
  }

  /** Settles a window; returns the arrival of its completing message, or `undefined` if it was not pending. */
  settle(key: WindowKey): number | undefined {
    const name = nameOf(key);
    const arrivals = this.#arrivals.get(name);
    const arrivedAtMs = arrivals?.shift();
    if (arrivals?.length === 0) this.#arrivals.delete(name);
    if (arrivedAtMs !== undefined) this.#count -= 1;
    return arrivedAtMs;
  }
}

function nameOf({ device, model, endMs }: WindowKey): string {
  return `${device}/${model}/${endMs}`;
}
