import { type MovementBits, PLANES } from './movement-bits.js';
import { SECOND_MS } from './signature-history.js';

/** The one may be behind the other by so many seconds. */
const LAG_SECONDS = 3;
const LAGS = 2 * LAG_SECONDS + 1;
/** A course is looked at in two halves of 32 seconds. */
const HALVES = 2;
const HALF_MS = 32 * SECOND_MS;
/** Time of which a course is made, with a second before it to tell what changed. */
export const COURSE_MS = HALVES * HALF_MS + (LAGS + 1) * SECOND_MS;

/** What a second counts in which both turned, set off or stopped, met another field, or were shaken otherwise. */
const WEIGHTS: readonly number[] = [2, 1.5, 0.5, 1];
/** In how many standard deviations of what chance brings two courses must agree; and the least that counts at all. */
const LEAST_SCORE = 2.25;
const LEAST_AGREEMENT = 4;

/** The last minute of a device, as it lies at each lag. */
export interface Course {
  /** By lag from furthest ahead, half and plane. */
  readonly bits: Uint32Array;
  /** How much happened. */
  readonly amount: number;
  /** Of each kind of event, how much happened of the kinds after it, at any lag. */
  readonly amountAfter: readonly number[];
}

/** Numbers that the bits of a course take. */
export const COURSE_WORDS = LAGS * HALVES * PLANES;

/** A device's course of the second that was asked for last. */
export class LatestCourse {
  readonly #bits: MovementBits;
  /** Memory of its course. */
  readonly #words = new Uint32Array(COURSE_WORDS);
  #latest: { readonly endMs: number; readonly found: Course | undefined } = {
    endMs: Number.NaN,
    found: undefined,
  };

  constructor(bits: MovementBits) {
    this.#bits = bits;
  }

  /** `undefined` where next to nothing happened, or that is not remembered any more. */
  at(endMs: number): Course | undefined {
    if (this.#latest.endMs !== endMs) {
      const isRemembered = this.#bits.reaches(endMs - COURSE_MS);
      const found = isRemembered ? courseOf(this.#bits, endMs, this.#words) : undefined;
      this.#latest = { endMs, found };
    }
    return this.#latest.found;
  }
}

/**
 * What happened in the minute up to a second; `undefined` where next to nothing did.
 *
 * @param bits where it is written: {@link COURSE_WORDS} numbers
 */
export function courseOf(movement: MovementBits, endMs: number, bits: Uint32Array): Course | undefined {
  for (let lag = 0; lag < LAGS; lag++) {
    for (let half = 0; half < HALVES; half++)
      movement.until(endMs - lag * SECOND_MS - half * HALF_MS, bits, (lag * HALVES + half) * PLANES);
  }
  const amounts = WEIGHTS.map((weight, kind) => weight * eventsAt(bits, kind, LAG_SECONDS));
  const amount = amounts.reduce((sum, each) => sum + each, 0);
  return amount < LEAST_AGREEMENT ? undefined : { bits, amount, amountAfter: amountsAfter(bits) };
}

function amountsAfter(bits: Uint32Array): number[] {
  const after: number[] = [];
  let sum = 0;
  for (let kind = WEIGHTS.length - 1; kind >= 0; kind--) {
    after[kind] = sum;
    let most = 0;
    for (let lag = 0; lag < LAGS; lag++) most = Math.max(most, eventsAt(bits, kind, lag));
    sum += (WEIGHTS[kind] ?? 0) * most;
  }
  return after;
}

/** How many events of a kind there were. */
function eventsAt(bits: Uint32Array, kind: number, lag: number): number {
  let count = 0;
  for (let half = 0; half < HALVES; half++) {
    const at = (lag * HALVES + half) * PLANES + 2 * kind;
    count += countOf((bits[at] ?? 0) | (bits[at + 1] ?? 0));
  }
  return count;
}

/** Whether two devices did so much alike in their last minute that it is worth comparing them. */
export function areAlike(first: Course, second: Course): boolean {
  const least = Math.max(
    LEAST_AGREEMENT,
    LEAST_SCORE * Math.sqrt(Math.sqrt(first.amount * second.amount) + LEAST_AGREEMENT),
  );
  for (let lag = 0; lag < LAGS; lag++) if (agree(first, second, lag, least)) return true;
  return false;
}

/** Whether the two did so much more alike than the opposite, the second at one lag and the first without. */
function agree(first: Course, second: Course, lag: number, least: number): boolean {
  const from = LAG_SECONDS * HALVES * PLANES;
  const shift = (lag - LAG_SECONDS) * HALVES * PLANES;
  let sum = 0;
  for (let kind = 0; kind < WEIGHTS.length; kind++) {
    let balance = 0;
    for (let at = from + 2 * kind; at < from + HALVES * PLANES; at += PLANES) {
      const up = first.bits[at] ?? 0;
      const down = first.bits[at + 1] ?? 0;
      const otherUp = second.bits[at + shift] ?? 0;
      const otherDown = second.bits[at + shift + 1] ?? 0;
      const alike = (up & otherUp) | (down & otherDown);
      const opposite = (up & otherDown) | (down & otherUp);
      balance += countOf(alike) - countOf(opposite);
    }
    sum += (WEIGHTS[kind] ?? 0) * balance;
    // Most pairs are told by the first kind: what is left would not do.
    if (sum + (second.amountAfter[kind] ?? 0) < least) return false;
  }
  return sum >= least;
}

/** Bits that are set. */
function countOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
