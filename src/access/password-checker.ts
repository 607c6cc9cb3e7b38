import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DeviceId } from '../domain/ids.js';
import { GatewayError } from '../shared/errors.js';
import { verifyPassword } from './password-hash.js';
import type { PasswordHash } from './records.js';

/** Hashes computed at once; the thread pool that does it also reads and writes files. */
const MAX_AT_ONCE = 2;
/** Logins that wait for their turn; beyond it they are sent away to try again. */
const MAX_WAITING = 10_000;

interface Known {
  /** The hash the password was checked against; another one means that the password was changed. */
  readonly hash: string;
  readonly digest: Buffer;
}

/**
 * Checks passwords of devices, and remembers those that were right, so that a fleet that connects again costs nothing.
 *
 * What is remembered is a keyed digest under a key that never leaves this object, not the password.
 */
export class PasswordChecker {
  readonly #key = randomBytes(32);
  readonly #known = new Map<DeviceId, Known>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #computed = 0;

  /** Slow hashes computed so far. */
  get computed(): number {
    return this.#computed;
  }

  /** Whether this password was found right before; costs next to nothing. */
  isKnown(device: DeviceId, password: Buffer, expected: PasswordHash): boolean {
    const known = this.#known.get(device);
    return known?.hash === expected.hash && timingSafeEqual(known.digest, this.#digest(password));
  }

  /**
   * Checks a password the slow way, a few at a time.
   *
   * @param mayStart asked when its turn has come; `false` gives the check up
   * @returns `undefined` when it was given up
   * @throws GatewayError `QUEUE_FULL` (retryable) when too many wait for the same
   */
  async check(
    device: DeviceId | undefined,
    password: Buffer,
    expected: PasswordHash,
    mayStart: () => boolean,
  ): Promise<boolean | undefined> {
    await this.#enter();
    try {
      if (!mayStart()) return undefined;
      this.#computed += 1;
      const isRight = await verifyPassword(password, expected);
      if (isRight && device !== undefined) {
        this.#known.set(device, { hash: expected.hash, digest: this.#digest(password) });
      }
      return isRight;
    } finally {
      this.#leave();
    }
  }

  /** Forgets what was found right for devices that are no longer there. */
  retain(devices: ReadonlySet<DeviceId>): void {
    for (const device of this.#known.keys()) if (!devices.has(device)) this.#known.delete(device);
  }

  async #enter(): Promise<void> {
    if (this.#running < MAX_AT_ONCE) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      throw new GatewayError('QUEUE_FULL', 'too many logins at once; try again', { retryable: true });
    }
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** The next one that waits takes over the place; only without anyone it becomes free. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  #digest(password: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(password).digest();
  }
}
