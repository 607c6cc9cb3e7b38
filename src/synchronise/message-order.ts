import type { DeliveryCounts } from '../domain/device-info.js';

/** Gaps remembered at most; the oldest is forgotten first. */
const MAX_GAPS = 64;

export type MessageVerdict = 'new' | 'duplicate';

interface Gap {
  /** Message numbers `[from, to)` have not come. */
  readonly from: number;
  readonly to: number;
  /** Event time up to which nothing in the gap can matter, epoch milliseconds. */
  readonly boundMs: number;
  /** Newest event time when the gap appeared, epoch milliseconds. */
  readonly openedAtMs: number;
  readonly isCounted: boolean;
}

/** Event times a device had reached when a message came, epoch milliseconds. */
export interface Reached {
  /** Up to here every sensor had samples before the message. */
  readonly completeMs: number;
  /** Newest sample, the message's own included. */
  readonly newestMs: number;
}

/**
 * Follows a device's message numbers: tells duplicates, counts what is missing or out of order, and knows up to which
 * event time everything has come, so that a window need not be held back when the numbers prove it complete.
 */
export class MessageOrder {
  readonly #gapWaitMs: number;
  #session: string | undefined;
  #previousSession: string | undefined;
  #isNumbered = false;
  /** One above the highest number seen. */
  #next = 0;
  #gaps: Gap[] = [];
  /** Gaps opened before this event time are no longer waited for. */
  #waitsSinceMs = Number.NEGATIVE_INFINITY;
  readonly #counts = { messages: 0, missing: 0, duplicates: 0, reordered: 0 };

  /** @param gapWaitMs event time after which a missing message is no longer waited for, milliseconds */
  constructor(gapWaitMs: number) {
    this.#gapWaitMs = gapWaitMs;
  }

  get counts(): DeliveryCounts {
    return { ...this.#counts };
  }

  /** Whether the device numbers its messages; if not, nothing can be known about what is missing. */
  get isNumbered(): boolean {
    return this.#isNumbered;
  }

  /** Takes note of a message. */
  accept(session: string | undefined, sequence: number | undefined, reached: Reached): MessageVerdict {
    const verdict =
      sequence === undefined ? this.#acceptUnnumbered() : this.#acceptNumbered(session, sequence, reached);
    if (verdict === 'new') this.#counts.messages += 1;
    else this.#counts.duplicates += 1;
    this.#waitsSinceMs = Math.max(this.#waitsSinceMs, reached.newestMs - this.#gapWaitMs);
    return verdict;
  }

  /** Event time beyond which a missing message may still bring samples; Infinity when none is waited for. */
  get gapBoundMs(): number {
    let boundMs = Number.POSITIVE_INFINITY;
    for (const gap of this.#gaps) {
      if (gap.openedAtMs >= this.#waitsSinceMs) boundMs = Math.min(boundMs, gap.boundMs);
    }
    return boundMs;
  }

  /** Stops waiting for what is missing, as when the device has gone silent. */
  giveUpWaiting(): void {
    this.#waitsSinceMs = Number.POSITIVE_INFINITY;
  }

  #acceptUnnumbered(): MessageVerdict {
    this.#isNumbered = false;
    this.#gaps = [];
    return 'new';
  }

  #acceptNumbered(session: string | undefined, sequence: number, reached: Reached): MessageVerdict {
    if (!this.#isNumbered || session !== this.#session)
      return this.#acceptOtherSession(session, sequence, reached);
    if (sequence >= this.#next) {
      if (sequence > this.#next) this.#openGap(this.#next, sequence, reached);
      this.#next = sequence + 1;
      return 'new';
    }
    return this.#fill(sequence);
  }

  #acceptOtherSession(session: string | undefined, sequence: number, { newestMs }: Reached): MessageVerdict {
    if (this.#isNumbered && session === this.#previousSession) {
      this.#counts.reordered += 1;
      return 'new';
    }
    this.#previousSession = this.#session;
    this.#session = session;
    this.#isNumbered = true;
    this.#next = sequence + 1;
    // Apps count from 0 or 1; a session first heard of later may have earlier messages under way.
    const boundMs = Number.NEGATIVE_INFINITY;
    const before = { from: 0, to: sequence, boundMs, openedAtMs: newestMs, isCounted: false };
    this.#gaps = sequence > 1 ? [before] : [];
    return 'new';
  }

  #openGap(from: number, to: number, { completeMs, newestMs }: Reached): void {
    this.#gaps.push({ from, to, boundMs: completeMs, openedAtMs: newestMs, isCounted: true });
    this.#counts.missing += to - from;
    if (this.#gaps.length > MAX_GAPS) this.#gaps.shift();
  }

  #fill(sequence: number): MessageVerdict {
    const index = this.#gaps.findIndex((gap) => gap.from <= sequence && sequence < gap.to);
    const gap = this.#gaps[index];
    if (gap === undefined) return 'duplicate';
    const rest = [
      { ...gap, to: sequence },
      { ...gap, from: sequence + 1 },
    ].filter((part) => part.from < part.to);
    this.#gaps.splice(index, 1, ...rest);
    this.#counts.reordered += 1;
    if (gap.isCounted) this.#counts.missing -= 1;
    return 'new';
  }
}
