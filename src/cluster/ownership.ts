import type { LedgerSnapshot } from '../domain/ledger.js';

/** A record that nobody has written for so long of a gateway's connected time may be taken, milliseconds. */
export const LEASE_MS = 3000;
/** An owner acts only while its last successful write was sent less than so long ago, milliseconds; less than the lease. */
export const FENCE_MS = 2000;
/** How often an owner writes its records again, milliseconds. */
export const RENEW_MS = 500;

/** A partition's lease, position and ledger at once, or the lease of a bridge; its revision in the bucket is what the next write must name. */
export interface OwnerRecord {
  /** Name of the owning gateway; empty while nobody owns the partition. */
  readonly owner: string;
  /** Rises with each change of owner. */
  readonly token: number;
  /** Messages of the log up to this sequence are done, or held by the states of their devices. */
  readonly position: number;
  /** Time that the partition's log had reached there, epoch milliseconds. */
  readonly streamMs: number;
  readonly ledger: LedgerSnapshot | undefined;
}

/** A record as the bucket has it. */
export interface Revised<T> {
  readonly revision: number;
  readonly value: T;
}

export const UNOWNED: OwnerRecord = { owner: '', token: 0, position: 0, streamMs: 0, ledger: undefined };
export const NEVER_SEEN: Revised<OwnerRecord> = { revision: 0, value: UNOWNED };

/** What a conditional write came to. `unknown`: no answer, so that it may have been made. */
export type WriteOutcome =
  | { readonly kind: 'written'; readonly revision: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unknown' };

/**
 * An owner's right to act for a partition, by the owner's monotonic clock.
 *
 * It lapses by itself, and only a write that was sent after all others restores it: an answer that comes late, because the
 * process was stopped or the network slow, says that the right was there when the write was sent, and nothing of now.
 */
export class OwnerRight {
  readonly owner: string;
  readonly token: number;
  #revision: number;
  #sentAtMs: number;
  #isLost = false;

  /** @param sentAtMs when the write that took the partition was sent */
  constructor({ owner, token }: Pick<OwnerRecord, 'owner' | 'token'>, revision: number, sentAtMs: number) {
    this.owner = owner;
    this.token = token;
    this.#revision = revision;
    this.#sentAtMs = sentAtMs;
  }

  /** What the next write must name. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether another has the partition; for ever. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Whether results may be let out. */
  mayAct(nowMs: number): boolean {
    return !this.#isLost && nowMs - this.#sentAtMs < FENCE_MS;
  }

  /** A write that named {@link revision} was made. */
  written(revision: number, sentAtMs: number): void {
    this.#revision = revision;
    this.#sentAtMs = Math.max(this.#sentAtMs, sentAtMs);
  }

  /** A write was refused, or nothing is known of it: the record was read to see who has the partition. */
  found({ revision, value }: Revised<OwnerRecord>): void {
    if (value.owner === this.owner && value.token === this.token) this.#revision = revision;
    else this.#isLost = true;
  }

  /** The record was given back. */
  gaveUp(): void {
    this.#isLost = true;
  }
}
