import { type Observable, Subject } from 'rxjs';
import type { DeviceId } from '../domain/ids.js';

/**
 * Devices whose results are suppressed while they are erased: what the data path still finds out about them goes nowhere, and
 * its stages let go of what they hold of them.
 */
export class SuppressedDevices {
  readonly #devices = new Set<DeviceId>();
  readonly #letGo = new Subject<DeviceId>();

  /** Stages drop what they hold of the device that is named. */
  get letGo$(): Observable<DeviceId> {
    return this.#letGo;
  }

  has(device: DeviceId): boolean {
    return this.#devices.has(device);
  }

  /**
   * Keeps results of a device away from everybody while something is done.
   *
   * @param work may call its argument to have the stages let go once more
   */
  async during(device: DeviceId, work: (letGo: () => void) => Promise<void>): Promise<void> {
    const letGo = (): void => this.#letGo.next(device);
    this.#devices.add(device);
    try {
      letGo();
      await work(letGo);
    } finally {
      this.#devices.delete(device);
    }
  }
}
