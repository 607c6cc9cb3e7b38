import type { FateCounts } from '../../domain/delivery.js';
import type { SensorInfo } from '../../domain/device.js';
import { SAMPLE_FATES, type SampleFate } from '../../domain/ledger.js';
import { AXIS_COUNT, type SampleBlock, type SensorKind } from '../../domain/samples.js';
import type { ClockMapping } from './clock-mapping.js';
import { SampleBuffer, type SampleBufferLimits } from './sample-buffer.js';

const NO_FATES = Object.fromEntries(SAMPLE_FATES.map((fate) => [fate, 0])) as FateCounts;

/** All fates at zero. */
export function noFates(): FateCounts {
  return { ...NO_FATES };
}

/** What decides the fate of a message's samples; epoch milliseconds. */
export interface Guard {
  /** Anything before comes from a clock that was never set. */
  readonly earliestMs: number;
  /** Anything after comes from a clock that is ahead. */
  readonly limitMs: number;
  /** Anything up to here comes too late. */
  readonly closedMs: number;
  /** Order in which the device sent the message. */
  readonly rank: number;
}

/** How far the streams had come, as kept over a restart. */
export interface StreamsProgress {
  readonly firstMs: number;
  readonly lastMs: readonly (readonly [SensorKind, number])[];
}

interface Stream {
  readonly buffer: SampleBuffer;
  samples: number;
  rateHz: number;
  /** Newest event time used, epoch milliseconds. */
  lastMs: number;
}

/** The streams one device sends: their samples that may still be needed, and how far each has come. */
export class DeviceStreams {
  readonly #limits: SampleBufferLimits;
  readonly #streams = new Map<SensorKind, Stream>();
  readonly #buffers = new Map<SensorKind, SampleBuffer>();
  #firstMs = Number.POSITIVE_INFINITY;

  constructor(limits: SampleBufferLimits) {
    this.#limits = limits;
  }

  get buffers(): ReadonlyMap<SensorKind, SampleBuffer> {
    return this.#buffers;
  }

  get progress(): StreamsProgress {
    return {
      firstMs: this.#firstMs,
      lastMs: Array.from(this.#streams, ([sensor, { lastMs }]) => [sensor, lastMs]),
    };
  }

  /** Goes on where another run was; the samples follow. */
  restore({ firstMs, lastMs }: StreamsProgress): void {
    this.#firstMs = firstMs;
    for (const [sensor, ms] of lastMs) this.#streamOf(sensor).lastMs = ms;
  }

  get sensors(): SensorInfo[] {
    return Array.from(this.#streams, ([sensor, { samples, rateHz }]) => ({ sensor, samples, rateHz }));
  }

  /** Puts a block's samples in their places and counts what became of each. */
  insert(block: SampleBlock, clock: ClockMapping, guard: Guard, fates: FateCounts): void {
    const stream = this.#streamOf(block.sensor);
    const { timesMs, values } = block;
    for (let index = 0; index < timesMs.length; index++) {
      const timeMs = clock.toEpochMs(timesMs[index] ?? Number.NaN);
      const fate = hasNaN(values, index) ? 'invalid' : fateOf(timeMs, guard);
      if (fate !== 'used') {
        fates[fate] += 1;
        continue;
      }
      if (timeMs <= stream.buffer.lastMs) {
        this.#insertUnordered(stream, { block, from: index, clock }, guard, fates);
        break;
      }
      fates[stream.buffer.insert(timeMs, values, index * AXIS_COUNT, guard.rank)] += 1;
      this.#noteTime(stream, timeMs);
    }
    noteRate(stream, timesMs);
  }

  /**
   * Newest time that all live ones among some streams have reached, epoch milliseconds; Infinity when none of them is
   * being sent, -Infinity when the device is too new to tell.
   *
   * @param liveSinceMs a stream without a sample since then is not being sent
   */
  reachedMs(kinds: readonly SensorKind[], liveSinceMs: number): number {
    let reachedMs = Number.POSITIVE_INFINITY;
    for (const kind of kinds) {
      const lastMs = this.#streams.get(kind)?.lastMs ?? Number.NEGATIVE_INFINITY;
      if (lastMs >= liveSinceMs) reachedMs = Math.min(reachedMs, lastMs);
    }
    const isYoung = this.#firstMs >= liveSinceMs;
    return reachedMs === Number.POSITIVE_INFINITY && isYoung ? Number.NEGATIVE_INFINITY : reachedMs;
  }

  dropBefore(timeMs: number): void {
    for (const buffer of this.#buffers.values()) buffer.dropBefore(timeMs);
  }

  /** Forgets all samples and how far the streams had come; keeps what was counted. */
  beginAgain(): void {
    this.#firstMs = Number.POSITIVE_INFINITY;
    for (const stream of this.#streams.values()) {
      stream.lastMs = Number.NEGATIVE_INFINITY;
      stream.buffer.dropBefore(Number.POSITIVE_INFINITY);
    }
  }

  /** The rest of a block from a sample on that is not later than all before it. */
  #insertUnordered(
    stream: Stream,
    {
      block,
      from,
      clock,
    }: { readonly block: SampleBlock; readonly from: number; readonly clock: ClockMapping },
    guard: Guard,
    fates: FateCounts,
  ): void {
    const { timesMs, values } = block;
    const used = new Float64Array(Math.min(timesMs.length - from, this.#limits.maxSamples));
    const slots = new Uint32Array(used.length);
    let count = 0;
    for (let index = from; index < timesMs.length; index++) {
      const timeMs = clock.toEpochMs(timesMs[index] ?? Number.NaN);
      const fate = hasNaN(values, index) ? 'invalid' : fateOf(timeMs, guard);
      if (fate !== 'used' || count === used.length) {
        fates[fate === 'used' ? 'overflow' : fate] += 1;
        continue;
      }
      used[count] = timeMs;
      slots[count] = index;
      count += 1;
      this.#noteTime(stream, timeMs);
    }
    stream.buffer.merge({ ...ascending(used.subarray(0, count), slots), values }, guard.rank, fates);
  }

  #noteTime(stream: Stream, timeMs: number): void {
    if (timeMs > stream.lastMs) stream.lastMs = timeMs;
    if (timeMs < this.#firstMs) this.#firstMs = timeMs;
  }

  #streamOf(sensor: SensorKind): Stream {
    const known = this.#streams.get(sensor);
    if (known !== undefined) return known;
    const buffer = new SampleBuffer(this.#limits);
    const created = { buffer, samples: 0, rateHz: 0, lastMs: Number.NEGATIVE_INFINITY };
    this.#streams.set(sensor, created);
    this.#buffers.set(sensor, buffer);
    return created;
  }
}

function fateOf(timeMs: number, { earliestMs, limitMs, closedMs }: Guard): SampleFate {
  if (Number.isNaN(timeMs)) return 'invalid';
  if (timeMs > limitMs) return 'future';
  if (timeMs < earliestMs) return 'past';
  return timeMs <= closedMs ? 'late' : 'used';
}

function noteRate(stream: Stream, timesMs: Float64Array): void {
  const count = timesMs.length;
  stream.samples += count;
  const spanMs = (timesMs[count - 1] ?? 0) - (timesMs[0] ?? 0);
  if (count > 1 && spanMs > 0) stream.rateHz = ((count - 1) * 1000) / spanMs;
}

function hasNaN(values: Float32Array, index: number): boolean {
  for (let at = index * AXIS_COUNT; at < (index + 1) * AXIS_COUNT; at++) {
    if (Number.isNaN(values[at])) return true;
  }
  return false;
}

/** Times in order, each with its slot; of equal times the earlier slot comes first. Faster than sorting by a function. */
function ascending(timesMs: Float64Array, slots: Uint32Array): { timesMs: Float64Array; slots: Uint32Array } {
  if (isAscending(timesMs)) return { timesMs, slots };
  const sorted = timesMs.toSorted();
  const sortedSlots = new Uint32Array(timesMs.length);
  const placed = new Uint32Array(timesMs.length);
  for (const [index, timeMs] of timesMs.entries()) {
    const place = firstNotBelow(sorted, timeMs);
    sortedSlots[place + (placed[place] ?? 0)] = slots[index] ?? 0;
    placed[place] = (placed[place] ?? 0) + 1;
  }
  return { timesMs: sorted, slots: sortedSlots };
}

/** Of a message whose samples all have one time, or only repeat earlier ones, nothing needs to be sorted. */
function isAscending(timesMs: Float64Array): boolean {
  for (let index = 1; index < timesMs.length; index++) {
    if ((timesMs[index] ?? 0) < (timesMs[index - 1] ?? 0)) return false;
  }
  return true;
}

function firstNotBelow(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
