import type { SignatureShelf } from '../company/signature-shelf.js';
import type { SignatureRow } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';

/** Goes onto the shelf at once, of each device: what was compared with it may be needed once more, milliseconds. */
const STEP_MS = 60_000;
/** No further than so far beyond what the next owner would know, milliseconds: it must still find the signatures. */
const UNKEPT_MS = 60_000;
/** No device gets further ahead of one that is also heard, milliseconds: the shelf holds minutes. */
const AHEAD_MS = 120_000;
/** A device of which nothing came for so long holds nobody back, milliseconds. */
const HEARD_MS = 10_000;
/** Nobody is held back for longer, milliseconds: who stays behind is no backlog. */
const MOST_HELD_MS = 120_000;

interface Waiting {
  rows: SignatureRow[];
  newestMs: number;
  /** When something came last, by the monotonic clock, milliseconds. */
  cameMs: number;
}

/**
 * Signatures on their way to the shelf. When gateways go through a backlog, one is minutes ahead of another; it waits here, so
 * that the shelf has of every device what is laid beside the others.
 */
export class SignatureQueue {
  readonly #shelf: SignatureShelf;
  readonly #devices = new Map<DeviceId, Waiting>();
  /** Since when devices are held back, by the monotonic clock, milliseconds. */
  #heldSinceMs: number | undefined;

  constructor(shelf: SignatureShelf) {
    this.#shelf = shelf;
  }

  /** @param nowMs by the monotonic clock */
  add(row: SignatureRow, nowMs: number): void {
    const known = this.#devices.get(row.device) ?? {
      rows: [],
      newestMs: Number.NEGATIVE_INFINITY,
      cameMs: 0,
    };
    this.#devices.set(row.device, known);
    known.cameMs = nowMs;
    // What comes again was sent by two owners.
    if (row.endMs <= known.newestMs) return;
    known.newestMs = row.endMs;
    known.rows.push(row);
  }

  /**
   * Brings some of what waits onto the shelf.
   *
   * @param keptToMs up to where all pairs that are compared here are written down, epoch milliseconds
   * @returns whether more may follow, once what is on the shelf was compared
   */
  step(nowMs: number, keptToMs: number): boolean {
    const limitMs = this.#limitMs(nowMs, keptToMs);
    let isMore = false;
    for (const [device, waiting] of this.#devices) {
      const [first] = waiting.rows;
      if (first === undefined) continue;
      const place = this.#shelf.open(device);
      const stepMs = Math.max(place.history.newestMs, first.endMs) + STEP_MS;
      const untilMs = Math.min(stepMs, limitMs);
      const next = waiting.rows.findIndex(({ endMs }) => endMs > untilMs);
      for (const row of waiting.rows.splice(0, next < 0 ? waiting.rows.length : next)) place.add(row);
      const [left] = waiting.rows;
      if (left !== undefined && left.endMs <= limitMs) isMore = true;
    }
    return isMore;
  }

  /** Devices of which nothing came since a time by the monotonic clock. */
  unheardSince(ms: number): DeviceId[] {
    return [...this.#devices].filter(([, { cameMs }]) => cameMs < ms).map(([device]) => device);
  }

  forget(device: DeviceId): void {
    this.#devices.delete(device);
    this.#shelf.forget(device);
  }

  /** Up to where signatures may come, epoch milliseconds. */
  #limitMs(nowMs: number, keptToMs: number): number {
    let [leastMs, mostMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { newestMs, cameMs } of this.#devices.values()) {
      if (nowMs - cameMs < HEARD_MS) leastMs = Math.min(leastMs, newestMs);
      mostMs = Math.max(mostMs, newestMs);
    }
    const limitMs = Math.min(leastMs + AHEAD_MS, keptToMs + UNKEPT_MS);
    if (mostMs <= limitMs) this.#heldSinceMs = undefined;
    else this.#heldSinceMs ??= nowMs;
    const isOver = nowMs - (this.#heldSinceMs ?? nowMs) > MOST_HELD_MS;
    return isOver ? Number.POSITIVE_INFINITY : limitMs;
  }
}
