import type { DeviceId } from '../domain/ids.js';
import type { StatusUpdate } from '../domain/status.js';

/** A device's statuses as they are published. */
export interface DeviceStatuses {
  readonly device: DeviceId;
  readonly statuses: Readonly<Record<string, Pick<StatusUpdate, 'status' | 'confidence' | 'sinceMs'>>>;
  /** Epoch milliseconds for which they hold. */
  readonly atMs: number;
}

/** A device whose statuses are to be published, with its place in the order of changes. */
export interface Change {
  readonly device: DeviceId;
  readonly sequence: number;
}

/**
 * The statuses of all devices, and which of them have changed since they were taken for publishing. A device that changes
 * again before that keeps its place and is published once, with its latest statuses.
 *
 * Holds a bounded number of devices: beyond it the one that has not changed for longest is forgotten.
 */
export class StatusBoard {
  readonly #maxDevices: number;
  readonly #devices = new Map<DeviceId, DeviceStatuses>();
  readonly #changed = new Map<DeviceId, Change>();
  #sequence = 0;

  constructor(maxDevices: number) {
    this.#maxDevices = maxDevices;
  }

  /** Sequence of the last change. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The device that has waited longest to be published. */
  get next(): Change | undefined {
    return this.#changed.values().next().value;
  }

  /** @returns a device that was forgotten with statuses that were never published */
  update({ device, target, status, confidence, sinceMs, atMs }: StatusUpdate): DeviceId | undefined {
    const statuses = { ...this.#devices.get(device)?.statuses, [target]: { status, confidence, sinceMs } };
    this.#devices.delete(device);
    this.#devices.set(device, { device, statuses, atMs });
    if (!this.#changed.has(device)) {
      this.#sequence += 1;
      this.#changed.set(device, { device, sequence: this.#sequence });
    }
    return this.#devices.size > this.#maxDevices ? this.#forgetOldest() : undefined;
  }

  /** Forgets a device's statuses, published or not. */
  forget(device: DeviceId): void {
    this.#devices.delete(device);
    this.#changed.delete(device);
  }

  /** Puts back what was taken and could not be published, at its old sequence. */
  putBack(change: Change): void {
    if (this.#devices.has(change.device)) this.#changed.set(change.device, change);
  }

  /** Whether a change up to this sequence is still to be published. */
  hasChangeUpTo(sequence: number): boolean {
    return [...this.#changed.values()].some((change) => change.sequence <= sequence);
  }

  /** Takes a device out of the order of changes and gives its statuses. */
  take(change: Change): DeviceStatuses | undefined {
    this.#changed.delete(change.device);
    return this.#devices.get(change.device);
  }

  #forgetOldest(): DeviceId | undefined {
    const oldest = this.#devices.keys().next().value;
    if (oldest === undefined) return undefined;
    this.#devices.delete(oldest);
    return this.#changed.delete(oldest) ? oldest : undefined;
  }
}
