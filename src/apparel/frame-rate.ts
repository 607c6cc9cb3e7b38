import type { DeviceId } from '../domain/ids.js';
import { KeyedState } from '../shared/keyed-state.js';

const MINUTE_MS = 60_000;
/** What a device may send at once after a silence: so many milliseconds of its rate, but always one. */
const BURST_MS = 10_000;
/** Silence after which a device's account is full again, whatever its rate. */
const IDLE_MS = 2 * MINUTE_MS;

interface Account {
  frames: number;
  atMs: number;
}

/** How many frames a device may send: a token bucket a device. Time is an argument. */
export class FrameRate {
  readonly #framesPerMs: number;
  readonly #burst: number;
  readonly #accounts: KeyedState<DeviceId, Account>;

  constructor(framesPerMinute: number) {
    this.#framesPerMs = framesPerMinute / MINUTE_MS;
    this.#burst = Math.max(1, this.#framesPerMs * BURST_MS);
    this.#accounts = new KeyedState(() => ({ frames: this.#burst, atMs: Number.NEGATIVE_INFINITY }));
  }

  /** Whether a frame that comes now is within the rate; if so it is counted. */
  allows(device: DeviceId, nowMs: number): boolean {
    this.#accounts.evict(nowMs, IDLE_MS);
    const account = this.#accounts.use(device, nowMs);
    const sinceMs = Math.max(0, nowMs - account.atMs);
    account.frames = Math.min(this.#burst, account.frames + sinceMs * this.#framesPerMs);
    account.atMs = nowMs;
    if (account.frames < 1) return false;
    account.frames -= 1;
    return true;
  }
}
