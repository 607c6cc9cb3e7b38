import type { Revised } from './ownership.js';

interface Sighting<T> extends Revised<T> {
  /** Hearing time at which this revision was seen first, milliseconds. */
  sinceMs: number;
}

/**
 * What a gateway has seen others write, and for how long it has seen nothing newer, in connected time.
 *
 * Nobody's own clock is compared with another's: a writer is judged by how long its latest revision stays the latest.
 */
export class Sightings<T> {
  readonly #seen = new Map<string, Sighting<T>>();

  saw(key: string, { revision, value }: Revised<T>, heardMs: number): void {
    const known = this.#seen.get(key);
    if (known !== undefined && known.revision >= revision) return;
    this.#seen.set(key, { revision, value, sinceMs: heardMs });
  }

  gone(key: string): void {
    this.#seen.delete(key);
  }

  get(key: string): Revised<T> | undefined {
    return this.#seen.get(key);
  }

  /** What was seen under a key, if it was written within so long, milliseconds. */
  fresh(key: string, heardMs: number, withinMs: number): T | undefined {
    const sighting = this.#seen.get(key);
    return sighting === undefined || heardMs - sighting.sinceMs >= withinMs ? undefined : sighting.value;
  }

  /** Everything seen, with whether it was written within so long, milliseconds. */
  list(
    heardMs: number,
    withinMs: number,
  ): { readonly key: string; readonly value: T; readonly isFresh: boolean }[] {
    return Array.from(this.#seen, ([key, { value, sinceMs }]) => ({
      key,
      value,
      isFresh: heardMs - sinceMs < withinMs,
    }));
  }

  /** Nothing could be seen for a while: every writer gets its whole time again. */
  beginAgain(heardMs: number): void {
    for (const sighting of this.#seen.values()) sighting.sinceMs = heardMs;
  }
}

/** Longest time between two answers that is no outage, milliseconds. */
const OUTAGE_MS = 1500;

/**
 * The time in which a gateway was connected and so could hear what others write, milliseconds. It runs from answer to answer, and stands still while
 * the process is stopped or NATS does not answer.
 */
export class ConnectedTime {
  #heardMs = 0;
  #answeredMs: number | undefined;

  get nowMs(): number {
    return this.#heardMs;
  }

  /**
   * NATS has answered.
   *
   * @param nowMs by a monotonic clock
   * @returns whether nothing could be heard since the answer before
   */
  answered(nowMs: number): boolean {
    const stepMs = this.#answeredMs === undefined ? 0 : nowMs - this.#answeredMs;
    this.#answeredMs = nowMs;
    if (stepMs > OUTAGE_MS) return true;
    this.#heardMs += stepMs;
    return false;
  }
}
