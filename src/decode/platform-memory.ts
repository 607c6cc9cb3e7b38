import type { DeviceId } from '../domain/ids.js';
import type { PlatformState } from './platform.js';

/** Remembers the convention detected for each device; beyond `maxDevices` it forgets the one heard of longest ago. */
export class PlatformMemory {
  readonly #maxDevices: number;
  readonly #states = new Map<DeviceId, PlatformState>();

  constructor(maxDevices: number) {
    this.#maxDevices = maxDevices;
  }

  recall(device: DeviceId): PlatformState | undefined {
    return this.#states.get(device);
  }

  /** Takes note of what holds after a message; only what was detected needs to be remembered. */
  remember(device: DeviceId, state: PlatformState | undefined): void {
    if (state?.info.from !== 'detected') return;
    this.#states.delete(device);
    this.#states.set(device, state);
    if (this.#states.size <= this.#maxDevices) return;
    const oldest = this.#states.keys().next();
    if (!oldest.done) this.#states.delete(oldest.value);
  }
}
