export interface AttemptLimitOptions {
  /** Failures of one address in a window before it is refused. */
  readonly maxFailures: number;
  readonly windowMs: number;
  /** Addresses remembered at most; beyond it the one remembered for longest is forgotten. */
  readonly maxAddresses: number;
}

interface Failures {
  count: number;
  readonly sinceMs: number;
}

/** Counts failed logins by address, so that guessing is slow and does not cost the gateway its processor. Plain. */
export class AttemptLimit {
  readonly #options: AttemptLimitOptions;
  /** In order of first failure. */
  readonly #failures = new Map<string, Failures>();

  constructor(options: AttemptLimitOptions) {
    this.#options = options;
  }

  /** How long an address must wait before it may try again, milliseconds; 0 when it may now. */
  waitMs(address: string, nowMs: number): number {
    const failures = this.#current(address, nowMs);
    if (failures === undefined || failures.count < this.#options.maxFailures) return 0;
    return failures.sinceMs + this.#options.windowMs - nowMs;
  }

  noteFailure(address: string, nowMs: number): void {
    const failures = this.#current(address, nowMs);
    if (failures !== undefined) {
      failures.count += 1;
      return;
    }
    this.#failures.set(address, { count: 1, sinceMs: nowMs });
    if (this.#failures.size <= this.#options.maxAddresses) return;
    const oldest = this.#failures.keys().next();
    if (oldest.done !== true) this.#failures.delete(oldest.value);
  }

  #current(address: string, nowMs: number): Failures | undefined {
    const failures = this.#failures.get(address);
    if (failures === undefined) return undefined;
    const ageMs = nowMs - failures.sinceMs;
    if (ageMs >= 0 && ageMs < this.#options.windowMs) return failures;
    this.#failures.delete(address);
    return undefined;
  }
}

export interface LoginLimitOptions extends AttemptLimitOptions {
  /** Failures of one address in a window, whatever the names, before all names are refused there. */
  readonly maxFailuresOfAddress: number;
}

/** Names are as long as this; of longer ones the beginning is enough to tell guesses apart. */
const MAX_NAME_CHARACTERS = 64;

/**
 * Counts failed logins by name and address together, so that a phone with a wrong password keeps no other phone out that is
 * behind the same router or proxy; and by address alone, so that trying many names is slow as well. Plain.
 */
export class LoginLimit {
  readonly #byName: AttemptLimit;
  readonly #byAddress: AttemptLimit;
  readonly #suspects: AttemptLimit;

  constructor(options: LoginLimitOptions) {
    this.#byName = new AttemptLimit(options);
    this.#suspects = new AttemptLimit(options);
    this.#byAddress = new AttemptLimit({ ...options, maxFailures: options.maxFailuresOfAddress });
  }

  /** How long a name must wait at an address before it may be tried again, milliseconds; 0 when it may now. */
  waitMs(name: string, address: string, nowMs: number): number {
    return Math.max(this.#byName.waitMs(keyOf(name, address), nowMs), this.#byAddress.waitMs(address, nowMs));
  }

  /**
   * How long wrong passwords of an address are answered as those that were not looked at, milliseconds: somebody who guesses does not
   * learn which names are still open, and right ones are let in.
   */
  suspicionMs(address: string, nowMs: number): number {
    return this.#suspects.waitMs(address, nowMs);
  }

  noteFailure(name: string, address: string, nowMs: number): void {
    this.#suspects.noteFailure(address, nowMs);
    this.#byName.noteFailure(keyOf(name, address), nowMs);
    this.#byAddress.noteFailure(address, nowMs);
  }
}

function keyOf(name: string, address: string): string {
  return `${address} ${name.slice(0, MAX_NAME_CHARACTERS)}`;
}
