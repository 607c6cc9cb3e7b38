import { AXIS_COUNT } from '../domain/sensor.js';

const INITIAL_CAPACITY = 256;

export interface SampleBufferLimits {
  /** Samples held at most; one more is refused. */
  readonly maxSamples: number;
  /** Samples a second of event time that a sensor may send; more are refused. */
  readonly maxRateHz: number;
}

export type InsertResult = 'used' | 'duplicate' | 'too-fast' | 'overflow';

/**
 * Samples of one sensor in order of event time, whatever their order of arrival; no two of the same time.
 *
 * The only place with raw index arithmetic over samples. Appending is the fast path; inserting in the middle moves
 * what lies behind.
 */
export class SampleBuffer {
  readonly #limits: SampleBufferLimits;
  #timesMs = new Float64Array(INITIAL_CAPACITY);
  #values = new Float32Array(INITIAL_CAPACITY * AXIS_COUNT);
  /** Rank of the message each sample came with, so that of two samples of one time the earlier sent one stays. */
  #ranks = new Float64Array(INITIAL_CAPACITY);
  #start = 0;
  #end = 0;

  constructor(limits: SampleBufferLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#end - this.#start;
  }

  /** Event time of the newest sample, epoch milliseconds; -Infinity when empty. */
  get lastMs(): number {
    return this.size === 0 ? Number.NEGATIVE_INFINITY : this.timeAt(this.size - 1);
  }

  /** Event time of sample `index` (0 is the oldest), epoch milliseconds. */
  timeAt(index: number): number {
    return this.#timesMs[this.#start + index] ?? Number.NaN;
  }

  /** Value of one axis of sample `index`. */
  valueAt(index: number, axis: number): number {
    return this.#values[(this.#start + index) * AXIS_COUNT + axis] ?? Number.NaN;
  }

  /**
   * Puts a sample in its place.
   *
   * @param rank order in which the device sent it; of two samples of one time the one of lower rank stays
   */
  insert(timeMs: number, values: Float32Array, valuesOffset: number, rank: number): InsertResult {
    const at = timeMs > this.lastMs ? this.size : this.firstNotBefore(timeMs);
    if (at < this.size && this.timeAt(at) === timeMs) {
      if (rank < (this.#ranks[this.#start + at] ?? 0))
        this.#put(this.#start + at, timeMs, values, valuesOffset, rank);
      return 'duplicate';
    }
    if (this.#isTooFast(at, timeMs)) return 'too-fast';
    if (this.size >= this.#limits.maxSamples) return 'overflow';
    this.#makeRoom(at);
    this.#put(this.#start + at, timeMs, values, valuesOffset, rank);
    return 'used';
  }

  /** Forgets samples before a time. */
  dropBefore(timeMs: number): void {
    this.#start += this.firstNotBefore(timeMs);
    if (this.#start === this.#end) {
      this.#start = 0;
      this.#end = 0;
    }
  }

  /** Index of the first sample at or after a time; `size` if there is none. */
  firstNotBefore(timeMs: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.timeAt(middle) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Index of the sample nearest to a time, the earlier of two at equal distance; -1 when empty.
   *
   * @param from an index known to be at or before the answer; lets a caller walk forward in time without searching
   */
  nearest(timeMs: number, from: number): number {
    const { size } = this;
    let index = from;
    while (
      index + 1 < size &&
      Math.abs(this.timeAt(index + 1) - timeMs) < Math.abs(this.timeAt(index) - timeMs)
    ) {
      index += 1;
    }
    return index < size ? index : -1;
  }

  /**
   * Index of the last sample at or before a time; `from` when that is later, or there is none.
   *
   * @param from an index known to be at or before the answer, if there is one
   */
  lastNotAfter(timeMs: number, from: number): number {
    let index = from;
    while (index + 1 < this.size && this.timeAt(index + 1) <= timeMs) index += 1;
    return index;
  }

  #isTooFast(at: number, timeMs: number): boolean {
    const { maxRateHz } = this.#limits;
    return at >= maxRateHz && this.timeAt(at - maxRateHz) > timeMs - 1000;
  }

  #put(slot: number, timeMs: number, values: Float32Array, valuesOffset: number, rank: number): void {
    this.#timesMs[slot] = timeMs;
    this.#ranks[slot] = rank;
    for (let axis = 0; axis < AXIS_COUNT; axis++) {
      this.#values[slot * AXIS_COUNT + axis] = values[valuesOffset + axis] ?? Number.NaN;
    }
  }

  /** Opens a free slot at `at`, sliding to the front or growing when the end of the arrays is reached. */
  #makeRoom(at: number): void {
    if (this.#end === this.#timesMs.length) {
      if (this.#start > this.#timesMs.length / 2) this.#slideToFront();
      else this.#grow();
    }
    const slot = this.#start + at;
    if (slot < this.#end) {
      this.#timesMs.copyWithin(slot + 1, slot, this.#end);
      this.#ranks.copyWithin(slot + 1, slot, this.#end);
      this.#values.copyWithin((slot + 1) * AXIS_COUNT, slot * AXIS_COUNT, this.#end * AXIS_COUNT);
    }
    this.#end += 1;
  }

  #slideToFront(): void {
    this.#timesMs.copyWithin(0, this.#start, this.#end);
    this.#ranks.copyWithin(0, this.#start, this.#end);
    this.#values.copyWithin(0, this.#start * AXIS_COUNT, this.#end * AXIS_COUNT);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #grow(): void {
    const capacity = this.#timesMs.length * 2;
    const timesMs = new Float64Array(capacity);
    const ranks = new Float64Array(capacity);
    const values = new Float32Array(capacity * AXIS_COUNT);
    timesMs.set(this.#timesMs.subarray(this.#start, this.#end));
    ranks.set(this.#ranks.subarray(this.#start, this.#end));
    values.set(this.#values.subarray(this.#start * AXIS_COUNT, this.#end * AXIS_COUNT));
    this.#end -= this.#start;
    this.#start = 0;
    this.#timesMs = timesMs;
    this.#ranks = ranks;
    this.#values = values;
  }
}
