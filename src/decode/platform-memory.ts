import type { DeviceId } from '../domain/ids.js';
import type { PlatformState } from '../ingest/decode/platform.js';

/** Remembers the convention detected for each device; beyond `maxDevices` it forgets the one heard of longest ago. */
export class PlatformMemory {
  readonly #maxDevices: number;
  readonly #restore: (device: DeviceId) => PlatformState | undefined;
  readonly #states = new Map<DeviceId, PlatformState>();

  /** @param restore what an earlier run of the gateway knew */
  constructor(
    maxDevices: number,
    restore: (device: DeviceId) => PlatformState | undefined = () => undefined,
  ) {
    this.#maxDevices = maxDevices;
    this.#restore = restore;
  }

  recall(device: DeviceId): PlatformState | undefined {
    return this.#states.get(device) ?? this.#restore(device);
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
