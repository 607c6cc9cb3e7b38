import type { SignatureRow } from '../domain/company.js';
import { movingOf } from './movement-window.js';
import { SIGNATURE, SLOTS } from './signature.js';
import { HISTORY_SECONDS, SECOND_MS } from './signature-history.js';

/**
 * What happened in a second, in the coarsest terms, each a bit: turned to the left, to the right; set off, stopped; more, less
 * field than a second before; shaken more, less. Neighbours are opposites.
 */
export const PLANES = 8;

/** From here on something happened: rad/s, share of movement, µT, and the logarithm of m/s². */
const LEAST_TURN = 0.25;
const LEAST_CHANGE = 0.3;
const LEAST_FIELD = 1.5;
const LEAST_SHAKE = 0.3;
const BITS = 32;
const WORDS = HISTORY_SECONDS / BITS;

/** The coarse course of a device's last minutes: enough to see of two devices that they have nothing in common. */
export class MovementBits {
  /** The bit of second `s` of plane `p` lies in word `p * WORDS + s / 32`. */
  readonly #words = new Uint32Array(PLANES * WORDS);
  #newest = Number.NEGATIVE_INFINITY;
  #before: { readonly moving: number; readonly field: number; readonly energy: number } | undefined;

  /** Takes the next row in: they come in the order of time. */
  add({ endMs, values }: Pick<SignatureRow, 'endMs' | 'values'>): void {
    const second = endMs / SECOND_MS;
    this.#clear(second);
    if (second !== this.#newest + 1) this.#before = undefined;
    this.#newest = second;
    const energy = values[SIGNATURE.energy] ?? Number.NaN;
    const field = values[SIGNATURE.field] ?? Number.NaN;
    const now = { moving: movingOf(energy), field, energy };
    const before = this.#before ?? now;
    this.#before = now;
    this.#note(second, 0, turnOf(values), LEAST_TURN);
    this.#note(second, 2, now.moving - before.moving, LEAST_CHANGE);
    this.#note(second, 4, now.field - before.field, LEAST_FIELD);
    this.#note(second, 6, now.moving * (now.energy - before.energy), LEAST_SHAKE);
  }

  /** Whether all from a second on is still remembered. */
  reaches(fromMs: number): boolean {
    return fromMs / SECOND_MS > this.#newest - HISTORY_SECONDS + BITS;
  }

  /** The 32 seconds up to one, its bit the highest, of each plane. */
  until(endMs: number, into: Uint32Array, at: number): void {
    const second = endMs / SECOND_MS;
    const word = Math.floor(second / BITS);
    const shift = BITS - 1 - (second % BITS);
    for (let plane = 0; plane < PLANES; plane++) {
      const here = this.#words[plane * WORDS + (word % WORDS)] ?? 0;
      const earlier = this.#words[plane * WORDS + ((word - 1) % WORDS)] ?? 0;
      into[at + plane] = shift === 0 ? here : (here << shift) | (earlier >>> (BITS - shift));
    }
  }

  #note(second: number, plane: number, value: number, least: number): void {
    if (!(Math.abs(value) >= least)) return;
    const at = (plane + (value > 0 ? 0 : 1)) * WORDS + (Math.floor(second / BITS) % WORDS);
    this.#words[at] = (this.#words[at] ?? 0) | (1 << (second % BITS));
  }

  /** What lies in the words that begin now is minutes old. */
  #clear(second: number): void {
    const word = Math.floor(second / BITS);
    const from = Math.max(Math.floor(this.#newest / BITS), word - WORDS);
    for (let stale = from + 1; stale <= word; stale++)
      for (let plane = 0; plane < PLANES; plane++) this.#words[plane * WORDS + (stale % WORDS)] = 0;
  }
}

function turnOf(values: Float32Array): number {
  let sum = 0;
  for (let slot = 0; slot < SLOTS; slot++) sum += values[SIGNATURE.turn + slot] ?? Number.NaN;
  return sum / SLOTS;
}
