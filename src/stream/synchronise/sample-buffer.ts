import { AXIS_COUNT } from '../../domain/samples.js';

const INITIAL_CAPACITY = 256;

export interface SampleBufferLimits {
  /** Samples held at most; one more is refused. */
  readonly maxSamples: number;
  /** Samples a second of event time that a sensor may send; more are refused. */
  readonly maxRateHz: number;
}

const INSERT_RESULTS = ['used', 'duplicate', 'too-fast', 'overflow'] as const;
export type InsertResult = (typeof INSERT_RESULTS)[number];

/** Samples of one message in order of time. */
export interface AscendingSamples {
  readonly timesMs: Float64Array;
  /** x, y, z of each sample, interleaved, where its slot says. */
  readonly values: Float32Array;
  readonly slots: Uint32Array;
  /** Where slot 0 begins. @defaultValue 0 */
  readonly valuesOffset?: number;
}

interface TakenOut {
  readonly timesMs: Float64Array;
  readonly values: Float32Array;
  readonly ranks: Float64Array;
}

/**
 * Samples of one sensor in order of event time, whatever their order of arrival; no two of the same time.
 *
 * The only place with raw index arithmetic over samples. Appending is the fast path; what comes in between is merged, so
 * that a message costs as much whatever the order of its times.
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
    if (timeMs > this.lastMs || this.size === 0) return this.#append(timeMs, values, valuesOffset, rank, 0);
    const result = noResults();
    this.merge(
      { timesMs: Float64Array.of(timeMs), values, slots: Uint32Array.of(0), valuesOffset },
      rank,
      result,
    );
    return INSERT_RESULTS.find((each) => result[each] > 0) ?? 'overflow';
  }

  /** Puts samples in their places in one go, and counts what became of them: what lies behind the first moves once. */
  merge(
    { timesMs, values, slots, valuesOffset = 0 }: AscendingSamples,
    rank: number,
    results: Record<InsertResult, number>,
  ): void {
    if (timesMs.length === 0) return;
    const behind = this.#cutFrom(this.firstNotBefore(timesMs[0] ?? Number.NaN));
    let put = 0;
    for (let index = 0; index < timesMs.length; index++) {
      const timeMs = timesMs[index] ?? Number.NaN;
      while (put < behind.timesMs.length && (behind.timesMs[put] ?? 0) <= timeMs)
        this.#putBack(behind, put++);
      const offset = valuesOffset + (slots[index] ?? 0) * AXIS_COUNT;
      results[this.#append(timeMs, values, offset, rank, behind.timesMs.length - put)] += 1;
    }
    while (put < behind.timesMs.length) this.#putBack(behind, put++);
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

  /** @param waiting samples taken out that will be put back behind it */
  #append(
    timeMs: number,
    values: Float32Array,
    valuesOffset: number,
    rank: number,
    waiting: number,
  ): InsertResult {
    const last = this.#end - 1;
    if (this.size > 0 && this.#timesMs[last] === timeMs) {
      if (rank < (this.#ranks[last] ?? 0)) this.#put(last, timeMs, values, valuesOffset, rank);
      return 'duplicate';
    }
    if (this.#isTooFast(timeMs)) return 'too-fast';
    if (this.size + waiting >= this.#limits.maxSamples) return 'overflow';
    this.#makeRoom();
    this.#put(this.#end++, timeMs, values, valuesOffset, rank);
    return 'used';
  }

  #isTooFast(timeMs: number): boolean {
    const { maxRateHz } = this.#limits;
    return this.size >= maxRateHz && this.timeAt(this.size - maxRateHz) > timeMs - 1000;
  }

  /** Takes out the samples from an index on. */
  #cutFrom(index: number): TakenOut {
    const [from, to] = [this.#start + index, this.#end];
    this.#end = from;
    return {
      timesMs: this.#timesMs.slice(from, to),
      values: this.#values.slice(from * AXIS_COUNT, to * AXIS_COUNT),
      ranks: this.#ranks.slice(from, to),
    };
  }

  #putBack({ timesMs, values, ranks }: TakenOut, index: number): void {
    this.#makeRoom();
    const rank = ranks[index] ?? 0;
    this.#put(this.#end++, timesMs[index] ?? Number.NaN, values, index * AXIS_COUNT, rank);
  }

  #put(slot: number, timeMs: number, values: Float32Array, valuesOffset: number, rank: number): void {
    this.#timesMs[slot] = timeMs;
    this.#ranks[slot] = rank;
    for (let axis = 0; axis < AXIS_COUNT; axis++) {
      this.#values[slot * AXIS_COUNT + axis] = values[valuesOffset + axis] ?? Number.NaN;
    }
  }

  /** Makes sure of a free slot behind the last, sliding to the front or growing at the end of the arrays. */
  #makeRoom(): void {
    if (this.#end < this.#timesMs.length) return;
    if (this.#start > this.#timesMs.length / 2) this.#slideToFront();
    else this.#grow();
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

function noResults(): Record<InsertResult, number> {
  return { used: 0, duplicate: 0, 'too-fast': 0, overflow: 0 };
}
