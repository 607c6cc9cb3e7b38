import type { DeviceId } from '../../domain/ids.js';
import type { JournalId } from '../../domain/journal.js';

interface Message {
  /** Its newest sample, epoch milliseconds. */
  readonly newestMs: number;
}

/** Knows of each device which journalled messages may still be needed. Plain: told of time, never asks for it. */
export class EntryRetention<T extends Message> {
  readonly #devices = new Map<DeviceId, Map<JournalId, T>>();

  add(device: DeviceId, id: JournalId, message: T): void {
    const entries = this.#devices.get(device);
    if (entries === undefined) this.#devices.set(device, new Map([[id, message]]));
    else entries.set(id, message);
  }

  /** The messages of a device that may still be needed, in the order in which they were added. */
  of(device: DeviceId): [JournalId, T][] {
    return [...(this.#devices.get(device) ?? [])];
  }

  /** Takes out the messages whose samples all lie before a time: nothing that is still to be stored needs them. */
  release(device: DeviceId, neededFromMs: number): JournalId[] {
    const released = this.of(device).flatMap(([id, { newestMs }]) => (newestMs < neededFromMs ? [id] : []));
    for (const id of released) this.remove(device, id);
    return released;
  }

  /** Takes one message out. */
  remove(device: DeviceId, id: JournalId): void {
    const entries = this.#devices.get(device);
    entries?.delete(id);
    if (entries?.size === 0) this.#devices.delete(device);
  }

  /** Takes out all messages of a device. */
  forget(device: DeviceId): JournalId[] {
    return this.release(device, Number.POSITIVE_INFINITY);
  }
}
