import type { CurrentStatus } from '../domain/device.js';
import type { DeviceId } from '../domain/ids.js';
import { caveatsIn, type StatusCaveats, type StatusUpdate, type UnknownReason } from '../domain/status.js';

/** A status as it is published. */
export type PublishedStatus = Pick<StatusUpdate, 'status' | 'confidence' | 'sinceMs'> &
  StatusCaveats & {
    /** Of `unknown`: why. */
    readonly reason?: UnknownReason;
  };

/** A device's statuses as they are published. */
export interface DeviceStatuses {
  readonly device: DeviceId;
  readonly statuses: Readonly<Record<string, PublishedStatus>>;
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
  update(update: StatusUpdate): DeviceId | undefined {
    const { device, target, status, confidence, sinceMs, atMs } = update;
    const before = this.#devices.get(device)?.statuses;
    const reason = status === 'unknown' ? before?.[target]?.reason : undefined;
    const published = { status, confidence, sinceMs, ...(reason && { reason }), ...caveatsIn(update) };
    return this.#put({ device, statuses: { ...before, [target]: published }, atMs });
  }

  /** Says why nothing is known of some targets; those with a status keep it. */
  explain(device: DeviceId, unknown: readonly CurrentStatus[], atMs: number): DeviceId | undefined {
    const before = this.#devices.get(device);
    const explained = unknown.map(({ target, reason, ...status }) => {
      const known = before?.statuses[target] ?? status;
      return [target, known.status === 'unknown' ? { ...known, ...(reason && { reason }) } : known] as const;
    });
    const statuses = { ...before?.statuses, ...Object.fromEntries(explained) };
    return this.#put({ device, statuses, atMs: Math.max(atMs, before?.atMs ?? atMs) });
  }

  #put(statuses: DeviceStatuses): DeviceId | undefined {
    const { device } = statuses;
    this.#devices.delete(device);
    this.#devices.set(device, statuses);
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
