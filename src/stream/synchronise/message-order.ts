import type { DeliveryCounts } from '../../domain/device.js';

/** Gaps remembered at most, and runs of messages of which nothing was used; the oldest is forgotten first. */
const MAX_GAPS = 64;
/** A number that is further ahead is no loss: the app counts from elsewhere. Ten messages a second make fewer in a day. */
const MAX_MISSING_AT_ONCE = 1_000_000;

const COUNTS = ['messages', 'missing', 'duplicates', 'reordered'] as const satisfies (keyof DeliveryCounts)[];

/** again: it came before, and nothing of it was used. */
export type MessageVerdict = 'new' | 'duplicate' | 'again';

/** Message numbers `[from, to)`. */
interface Run {
  readonly from: number;
  readonly to: number;
}

/** Messages that have not come. */
interface Gap extends Run {
  /** Event time up to which nothing in the gap can matter, epoch milliseconds. */
  readonly boundMs: number;
  /** Event time after which it is no longer waited for, epoch milliseconds. */
  readonly waitUntilMs: number;
  readonly isCounted: boolean;
}

/** Event times a device had reached when a message came, epoch milliseconds. */
export interface Reached {
  /** Up to here every sensor had samples before the message. */
  readonly completeMs: number;
  /** Oldest sample of the message. */
  readonly oldestMs: number;
  /** Newest sample, the message's own included. */
  readonly newestMs: number;
}

export interface MessageOrderOptions {
  /** Event time for which a missing message is waited for, milliseconds. */
  readonly gapWaitMs: number;
  /** Event time for which messages before the first one heard are waited for, milliseconds. */
  readonly startWaitMs: number;
}

/** What is known of a device's message numbers, as kept over a restart. */
export interface MessageOrderState {
  readonly session: string | undefined;
  readonly previousSession: string | undefined;
  readonly isNumbered: boolean;
  readonly next: number;
  readonly gaps: readonly Gap[];
  /** Messages of which nothing was used. */
  readonly unused?: readonly Run[];
  /** Event time that the device had reached, epoch milliseconds. */
  readonly newestMs: number;
  readonly counts: DeliveryCounts;
}

/**
 * Follows a device's message numbers: tells duplicates, counts what is missing or out of order, and knows up to which
 * event time everything has come, so that a window need not be held back when the numbers prove it complete.
 */
export class MessageOrder {
  readonly #options: MessageOrderOptions;
  #session: string | undefined;
  #previousSession: string | undefined;
  #isNumbered = false;
  /** One above the highest number seen. */
  #next = 0;
  #gaps: Gap[] = [];
  #unused: Run[] = [];
  #newestMs = Number.NEGATIVE_INFINITY;
  readonly #counts = { messages: 0, missing: 0, duplicates: 0, reordered: 0 };

  constructor(options: MessageOrderOptions) {
    this.#options = options;
  }

  get counts(): DeliveryCounts {
    return { ...this.#counts };
  }

  /** Whether the device numbers its messages; if not, nothing can be known about what is missing. */
  get isNumbered(): boolean {
    return this.#isNumbered;
  }

  /** Everything known, plain. */
  get state(): MessageOrderState {
    return {
      session: this.#session,
      previousSession: this.#previousSession,
      isNumbered: this.#isNumbered,
      next: this.#next,
      gaps: this.#gaps,
      unused: this.#unused,
      newestMs: this.#newestMs,
      counts: this.counts,
    };
  }

  /** Goes on where another run was. */
  restore(state: MessageOrderState): void {
    this.#session = state.session;
    this.#previousSession = state.previousSession;
    this.#isNumbered = state.isNumbered;
    this.#next = state.next;
    this.#gaps = state.gaps.slice(-MAX_GAPS);
    this.#unused = state.unused?.slice(-MAX_GAPS) ?? [];
    this.#newestMs = state.newestMs;
    for (const name of COUNTS) this.#counts[name] = toCount(state.counts[name]);
  }

  /** Takes note of a message. */
  accept(session: string | undefined, sequence: number | undefined, reached: Reached): MessageVerdict {
    const verdict =
      sequence === undefined ? this.#acceptUnnumbered() : this.#acceptNumbered(session, sequence, reached);
    this.#count(verdict === 'new' ? 'messages' : 'duplicates', 1);
    this.#newestMs = reached.newestMs;
    return verdict;
  }

  /** Takes note that nothing of a message was used: should it come again, it is no duplicate of anything. */
  noteUnused(session: string | undefined, sequence: number | undefined): void {
    if (sequence === undefined || session !== this.#session) return;
    const before = this.#unused.find(({ to }) => to === sequence);
    const after = this.#unused.find(({ from }) => from === sequence + 1);
    const joined = { from: before?.from ?? sequence, to: after?.to ?? sequence + 1 };
    const others = this.#unused.filter((run) => run !== before && run !== after);
    this.#unused = [...others, joined].slice(-MAX_GAPS);
  }

  /** Event time beyond which a missing message may still bring samples; Infinity when none is waited for. */
  get gapBoundMs(): number {
    let boundMs = Number.POSITIVE_INFINITY;
    for (const gap of this.#gaps) {
      if (gap.waitUntilMs >= this.#newestMs) boundMs = Math.min(boundMs, gap.boundMs);
    }
    return boundMs;
  }

  /** Stops waiting for what is missing, as when the device has gone silent. */
  giveUpWaiting(): void {
    this.#gaps = this.#gaps.map((gap) => ({ ...gap, waitUntilMs: Number.NEGATIVE_INFINITY }));
  }

  #count(name: keyof DeliveryCounts, more: number): void {
    this.#counts[name] = toCount(this.#counts[name] + more);
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

  #acceptOtherSession(
    session: string | undefined,
    sequence: number,
    { oldestMs, newestMs }: Reached,
  ): MessageVerdict {
    if (this.#isNumbered && session === this.#previousSession) {
      this.#count('reordered', 1);
      return 'new';
    }
    this.#previousSession = this.#session;
    this.#session = session;
    this.#isNumbered = true;
    this.#next = sequence + 1;
    // Earlier messages of a session first heard of in the middle may still be under way.
    const waitUntilMs = Math.min(oldestMs, newestMs) + this.#options.startWaitMs;
    const before = {
      from: 0,
      to: sequence,
      boundMs: Number.NEGATIVE_INFINITY,
      waitUntilMs,
      isCounted: false,
    };
    this.#gaps = sequence > 0 ? [before] : [];
    this.#unused = [];
    return 'new';
  }

  #openGap(from: number, to: number, { completeMs, newestMs }: Reached): void {
    const waitUntilMs = newestMs + this.#options.gapWaitMs;
    const isCounted = to - from <= MAX_MISSING_AT_ONCE;
    this.#gaps = [...this.#gaps, { from, to, boundMs: completeMs, waitUntilMs, isCounted }].slice(-MAX_GAPS);
    if (isCounted) this.#count('missing', to - from);
  }

  #fill(sequence: number): MessageVerdict {
    const gap = findRun(this.#gaps, sequence);
    if (gap === undefined) return this.#tryAgain(sequence);
    this.#gaps = without(this.#gaps, gap, sequence).slice(-MAX_GAPS);
    this.#count('reordered', 1);
    if (gap.isCounted) this.#count('missing', -1);
    return 'new';
  }

  #tryAgain(sequence: number): MessageVerdict {
    const run = findRun(this.#unused, sequence);
    if (run === undefined) return 'duplicate';
    this.#unused = without(this.#unused, run, sequence);
    return 'again';
  }
}

function findRun<R extends Run>(runs: readonly R[], sequence: number): R | undefined {
  return runs.find(({ from, to }) => from <= sequence && sequence < to);
}

/** The runs with a number taken out of one of them. */
function without<R extends Run>(runs: readonly R[], run: R, sequence: number): R[] {
  const rest = [
    { ...run, to: sequence },
    { ...run, from: sequence + 1 },
  ].filter(({ from, to }) => from < to);
  return runs.toSpliced(runs.indexOf(run), 1, ...rest);
}

/** A count that can be written down: what an earlier run left may be anything. */
function toCount(value: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.trunc(value) || 0));
}
