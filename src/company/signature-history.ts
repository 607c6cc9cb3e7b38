import { SIGNATURE_SIZE, type SignatureRow } from '../domain/company.js';

export const SECOND_MS = 1000;
/** How far back rows are kept: for what is compared, and for a device whose rows come minutes after another's. */
export const HISTORY_SECONDS = 256;

/** The signatures of one device's last minutes. */
export class SignatureHistory {
  /** The row of second `s` lies at `s % HISTORY_SECONDS`. */
  readonly #values = new Float32Array(HISTORY_SECONDS * SIGNATURE_SIZE).fill(Number.NaN);
  #newestMs = Number.NEGATIVE_INFINITY;

  /** End of the newest second, epoch milliseconds; -Infinity before the first. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** Takes a row in; one that is not newer than the newest is known already, and changes nothing. */
  add({ endMs, values }: Pick<SignatureRow, 'endMs' | 'values'>): boolean {
    if (!(endMs > this.#newestMs)) return false;
    const fromSecond = Math.max(this.#newestMs, endMs - HISTORY_SECONDS * SECOND_MS) / SECOND_MS;
    for (let second = fromSecond + 1; second < endMs / SECOND_MS; second++) {
      const at = (second % HISTORY_SECONDS) * SIGNATURE_SIZE;
      this.#values.fill(Number.NaN, at, at + SIGNATURE_SIZE);
    }
    this.#values.set(values, ((endMs / SECOND_MS) % HISTORY_SECONDS) * SIGNATURE_SIZE);
    this.#newestMs = endMs;
    return true;
  }

  /**
   * The rows of the seconds up to one, oldest first; NaN where there is none, or none any more.
   *
   * @param into where they are written
   */
  before(
    endMs: number,
    seconds: number,
    into: Float32Array = new Float32Array(seconds * SIGNATURE_SIZE),
  ): Float32Array {
    const found = into.fill(Number.NaN);
    const first = endMs / SECOND_MS - seconds + 1;
    const newest = this.#newestMs / SECOND_MS;
    const to = Math.min(newest, endMs / SECOND_MS) + 1;
    let second = Math.max(first, newest - HISTORY_SECONDS + 1);
    while (second < to) {
      const at = second % HISTORY_SECONDS;
      // As far as they lie one after the other.
      const count = Math.min(to - second, HISTORY_SECONDS - at);
      const rows = this.#values.subarray(at * SIGNATURE_SIZE, (at + count) * SIGNATURE_SIZE);
      found.set(rows, (second - first) * SIGNATURE_SIZE);
      second += count;
    }
    return found;
  }
}
