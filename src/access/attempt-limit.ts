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
