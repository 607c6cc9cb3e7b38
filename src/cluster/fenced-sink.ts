import type { Results, Store } from '../domain/store.js';
import { GatewayError } from '../shared/errors.js';

/** Whether results of a partition may be let out. */
export interface Fence {
  /** Resolves when they may, or never will again; `undefined` while that is certain. */
  whenDecided(): Promise<void> | undefined;
  readonly right: { readonly isLost: boolean };
}

interface Taker<T> {
  accept(value: T): unknown;
}

/** Lets results out while their partition is owned, holds them while that is in doubt, and drops them once another has it. */
export class FencedSink<T = Results> implements Taker<T> {
  readonly #sink: Taker<T>;
  readonly #owned: Fence;
  #held: T[] = [];

  constructor(sink: Taker<T>, owned: Fence) {
    this.#sink = sink;
    this.#owned = owned;
  }

  accept(results: T): void {
    this.#held.push(results);
    if (this.#held.length === 1) void this.#letOut();
  }

  async #letOut(): Promise<void> {
    if (this.#owned.whenDecided() !== undefined) await untilDecided(this.#owned);
    const held = this.#held;
    this.#held = [];
    if (this.#owned.right.isLost) return;
    for (const results of held) this.#sink.accept(results);
  }
}

/** A store that is written to only while the partition is owned, with the token of the owner beside each window. */
export function fencedStore(
  store: Pick<Store, 'write'>,
  owned: Fence & { readonly right: { readonly token: number } },
): Pick<Store, 'write'> {
  return {
    write: async (batch) => {
      await untilDecided(owned);
      if (owned.right.isLost) {
        throw new GatewayError('CLOSED', 'another gateway has the partition', { retryable: true });
      }
      const { token } = owned.right;
      return await store.write({ ...batch, windows: batch.windows.map((window) => ({ ...window, token })) });
    },
  };
}

/** Resolves when results may be let out, or never will be again. */
export async function untilDecided(owned: Fence): Promise<void> {
  for (;;) {
    const undecided = owned.whenDecided();
    if (undecided === undefined) return;
    await undecided;
  }
}
