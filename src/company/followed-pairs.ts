import type { DeviceId } from '../domain/ids.js';
import { leadersOf } from './groups.js';
import type { MovementWindow } from './movement-window.js';
import type { PairState } from './pair-tracker.js';
import type { SignatureHistory } from './signature-history.js';

/** Others of another group that a device is compared with besides, where it can be compared with no more of its own. */
const PARTNERS_ELSEWHERE = 2;

/** A copy is known as one for so long after it was seen last: at rest a rounded one cannot be told, milliseconds. */
const COPY_KNOWN_MS = 600_000;
export const NEVER_MS = Number.NEGATIVE_INFINITY;

export interface Device {
  readonly id: DeviceId;
  /** Whether pairs are compared in which its name is the smaller. */
  readonly isOwn: boolean;
  readonly history: SignatureHistory;
  /** As far as it has been compared, epoch milliseconds. */
  reachedMs: number;
  /** The pairs that are followed, by the other device. */
  readonly pairs: Map<DeviceId, Pair>;
  /** The window that was used last. */
  window: { readonly endMs: number; readonly found: MovementWindow } | undefined;
}

export interface Pair {
  readonly first: Device;
  readonly second: Device;
  state: PairState;
  /** When the two moved alike last, epoch milliseconds of event time. */
  alikeMs: number;
  /** When the one was last seen to send what the other sends, epoch milliseconds of event time, or {@link NEVER_MS}. */
  copiedMs: number;
}

export function isKnownCopy(copiedMs: number, atMs: number): boolean {
  return atMs - copiedMs < COPY_KNOWN_MS;
}

/** The pairs that are compared: for each device so many, and in a crowd a few of another group. */
export class FollowedPairs {
  readonly #maxPartners: number;
  readonly #pairs = new Set<Pair>();
  /** For each device that is together with others one of its group; `undefined` where that must be looked up again. */
  #groupOf: ReadonlyMap<DeviceId, DeviceId> | undefined;

  constructor(maxPartners: number) {
    this.#maxPartners = maxPartners;
  }

  /** In the order in which they began to be followed. Pairs may come and go meanwhile. */
  [Symbol.iterator](): IterableIterator<Pair> {
    return this.#pairs.values();
  }

  keep(pair: Pair): void {
    this.#pairs.add(pair);
    pair.first.pairs.set(pair.second.id, pair);
    pair.second.pairs.set(pair.first.id, pair);
  }

  letGo(pair: Pair): void {
    this.#pairs.delete(pair);
    pair.first.pairs.delete(pair.second.id);
    pair.second.pairs.delete(pair.first.id);
  }

  /** Whether two devices can each be compared with one more. */
  haveRoom(one: Device, other: Device): boolean {
    return this.#hasRoom(one, other) && this.#hasRoom(other, one);
  }

  /** Groups may have changed. */
  groupAgain(): void {
    this.#groupOf = undefined;
  }

  /** There is always some room for another group, so that in a crowd all hang together. */
  #hasRoom({ id, pairs }: Device, other: Device): boolean {
    if (pairs.size < this.#maxPartners) return true;
    if (pairs.size >= this.#maxPartners + PARTNERS_ELSEWHERE) return false;
    const group = this.#groups().get(id);
    return group !== undefined && group !== this.#groups().get(other.id);
  }

  #groups(): ReadonlyMap<DeviceId, DeviceId> {
    this.#groupOf ??= leadersOf(
      [...this.#pairs]
        .filter(({ state }) => state.status === 'together')
        .map(({ first, second }) => ({ first: first.id, second: second.id })),
    );
    return this.#groupOf;
  }
}
