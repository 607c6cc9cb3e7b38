import type { DeviceId } from '../../domain/ids.js';
import type { JournalId } from '../../domain/journal.js';

interface Retained {
  readonly id: JournalId;
  /** Newest sample of the message, epoch milliseconds. */
  readonly newestMs: number;
}

/** Knows of each device which journalled messages may still be needed. Plain: told of time, never asks for it. */
export class EntryRetention {
  readonly #devices = new Map<DeviceId, Retained[]>();

  add(device: DeviceId, id: JournalId, newestMs: number): void {
    const entries = this.#devices.get(device);
    if (entries === undefined) this.#devices.set(device, [{ id, newestMs }]);
    else entries.push({ id, newestMs });
  }

  /** Takes out the messages whose samples all lie before a time: nothing that is still to be stored needs them. */
  release(device: DeviceId, neededFromMs: number): JournalId[] {
    const entries = this.#devices.get(device) ?? [];
    const kept = entries.filter(({ newestMs }) => newestMs >= neededFromMs);
    if (kept.length === entries.length) return [];
    if (kept.length === 0) this.#devices.delete(device);
    else this.#devices.set(device, kept);
    return entries.filter(({ newestMs }) => newestMs < neededFromMs).map(({ id }) => id);
  }

  /** Takes one message out. */
  remove(device: DeviceId, id: JournalId): void {
    const kept = (this.#devices.get(device) ?? []).filter((entry) => entry.id !== id);
    if (kept.length === 0) this.#devices.delete(device);
    else this.#devices.set(device, kept);
  }

  /** Takes out all messages of a device. */
  forget(device: DeviceId): JournalId[] {
    return this.release(device, Number.POSITIVE_INFINITY);
  }
}
