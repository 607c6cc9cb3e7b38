import { createHash, createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { DeviceId } from '../domain/ids.js';
import { GatewayError } from '../shared/errors.js';
import type { PasswordHash } from './access-file.js';

/**
 * About 10 ms and 4 MiB. Passwords are made by the gateway with 100 random bits, out of reach of guessing whatever one
 * guess costs; a higher cost would only be felt when a fleet connects after a restart.
 */
const COST = 4096;
const BLOCK_SIZE = 8;
const PARALLELIZATION = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** scrypt needs 128 × cost × blockSize; Node refuses more than this. */
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;

type Costs = Pick<PasswordHash, 'cost' | 'blockSize' | 'parallelization'>;

const COSTS: Costs = { cost: COST, blockSize: BLOCK_SIZE, parallelization: PARALLELIZATION };

/** Hashes a password with a salt of its own. */
export async function hashPassword(password: string, costs: Costs = COSTS): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, costs);
  return {
    algorithm: 'scrypt',
    ...costs,
    salt: salt.toString('base64'),
    hash: hash.toString('base64'),
  };
}

/** Whether a password is the one that was hashed; takes as long when it is not. */
export async function verifyPassword(password: string | Buffer, expected: PasswordHash): Promise<boolean> {
  const hash = Buffer.from(expected.hash, 'base64');
  const actual = await derive(password, Buffer.from(expected.salt, 'base64'), hash.length, expected);
  return timingSafeEqual(actual, hash);
}

function derive(password: string | Buffer, salt: Buffer, bytes: number, costs: Costs): Promise<Buffer> {
  const { cost, blockSize, parallelization } = costs;
  const options = { cost, blockSize, parallelization, maxmem: MAX_MEMORY_BYTES };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** A token's text: what it is, which one it is, and 256 random bits. The prefix lets scanners for leaked secrets find it. */
const TOKEN_PATTERN = /^alongside_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;
const TOKEN_ID_BYTES = 6;
const TOKEN_SECRET_BYTES = 32;

/** 32 signs that nobody mistakes for one another: no l, o, 0 or 1. */
const PASSWORD_SIGNS = 'abcdefghijkmnpqrstuvwxyz23456789';
const PASSWORD_GROUPS = 5;
const GROUP_SIGNS = 4;

/** A new password to be typed on a phone: 100 random bits as `xxxx-xxxx-xxxx-xxxx-xxxx`. */
export function createPassword(): string {
  const signs = Array.from(randomBytes(PASSWORD_GROUPS * GROUP_SIGNS), (byte) =>
    PASSWORD_SIGNS.charAt(byte % PASSWORD_SIGNS.length),
  );
  const groups = Array.from({ length: PASSWORD_GROUPS }, (_, group) =>
    signs.slice(group * GROUP_SIGNS, (group + 1) * GROUP_SIGNS).join(''),
  );
  return groups.join('-');
}

/** A new bearer token, with the part of it that may be shown. */
export function createToken(): { readonly id: string; readonly text: string } {
  const id = randomBytes(TOKEN_ID_BYTES).toString('hex');
  return { id, text: `alongside_${id}_${randomBytes(TOKEN_SECRET_BYTES).toString('base64url')}` };
}

/** The id in a text that looks like a token; `undefined` for any other text. */
export function tokenIdOf(text: string): string | undefined {
  return TOKEN_PATTERN.exec(text)?.[1];
}

export function hashToken(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

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
