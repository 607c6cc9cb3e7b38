import { AXIS_COUNT, type SampleBlock, type SensorKind } from '../domain/samples.js';
import type { SensorColumns } from './sensor-csv.js';

/** Samples of one device, by kind, that are not written yet: messages may come out of order, files may not be. */
export class PendingSamples {
  readonly #blocks = new Map<SensorKind, SensorColumns[]>();
  #count = 0;
  #newestMs = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.#count;
  }

  /** Event time of the newest sample ever added, epoch milliseconds. */
  get newestMs(): number {
    return this.#newestMs;
  }

  get kinds(): SensorKind[] {
    return [...this.#blocks.keys()];
  }

  /** Event time of the oldest sample held, epoch milliseconds; Infinity when there is none. */
  get oldestMs(): number {
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const blocks of this.#blocks.values()) {
      for (const { timesMs } of blocks) for (const timeMs of timesMs) oldestMs = Math.min(oldestMs, timeMs);
    }
    return oldestMs;
  }

  /** Takes a block over; its arrays must not change any more. */
  add({ sensor, timesMs, values }: SampleBlock): void {
    const blocks = this.#blocks.get(sensor);
    if (blocks === undefined) this.#blocks.set(sensor, [{ timesMs, values }]);
    else blocks.push({ timesMs, values });
    this.#count += timesMs.length;
    for (const timeMs of timesMs) if (timeMs > this.#newestMs) this.#newestMs = timeMs;
  }

  /** Takes out the samples of a kind up to a time, in order of time; of those of one time the first added comes first. */
  takeUntil(kind: SensorKind, untilMs: number): SensorColumns {
    const blocks = this.#blocks.get(kind) ?? [];
    const all = sorted(blocks);
    const split = firstAfter(all.timesMs, untilMs);
    const rest = all.timesMs.length - split;
    if (rest === 0) this.#blocks.delete(kind);
    else this.#blocks.set(kind, [part(all, split, all.timesMs.length)]);
    this.#count -= split;
    return part(all, 0, split);
  }

  /** Forgets everything and returns how many samples that were. */
  clear(): number {
    const dropped = this.#count;
    this.#blocks.clear();
    this.#count = 0;
    return dropped;
  }
}

function sorted(blocks: readonly SensorColumns[]): SensorColumns {
  const total = blocks.reduce((sum, { timesMs }) => sum + timesMs.length, 0);
  const timesMs = new Float64Array(total);
  const values = new Float32Array(total * AXIS_COUNT);
  let at = 0;
  for (const block of blocks) {
    timesMs.set(block.timesMs, at);
    values.set(block.values, at * AXIS_COUNT);
    at += block.timesMs.length;
  }
  return isAscending(timesMs) ? { timesMs, values } : inOrder(timesMs, values);
}

function inOrder(timesMs: Float64Array, values: Float32Array): SensorColumns {
  const order = Array.from(timesMs.keys()).sort((a, b) => (timesMs[a] ?? 0) - (timesMs[b] ?? 0) || a - b);
  const sortedValues = new Float32Array(values.length);
  order.forEach((from, to) => {
    sortedValues.set(values.subarray(from * AXIS_COUNT, (from + 1) * AXIS_COUNT), to * AXIS_COUNT);
  });
  return { timesMs: Float64Array.from(order, (index) => timesMs[index] ?? Number.NaN), values: sortedValues };
}

export function isAscending(timesMs: Float64Array): boolean {
  for (let at = 1; at < timesMs.length; at++) if ((timesMs[at] ?? 0) < (timesMs[at - 1] ?? 0)) return false;
  return true;
}

function firstAfter(timesMs: Float64Array, limitMs: number): number {
  const index = timesMs.findIndex((timeMs) => timeMs > limitMs);
  return index === -1 ? timesMs.length : index;
}

function part({ timesMs, values }: SensorColumns, from: number, to: number): SensorColumns {
  return { timesMs: timesMs.slice(from, to), values: values.slice(from * AXIS_COUNT, to * AXIS_COUNT) };
}

/** Leaves out samples that are not after a time, and all but the first of one time. */
export function ascendingOnly({ timesMs, values }: SensorColumns, afterMs: number): SensorColumns {
  if (areAllAfter(timesMs, afterMs)) return { timesMs, values };
  let lastMs = afterMs;
  const kept: number[] = [];
  timesMs.forEach((timeMs, index) => {
    if (timeMs <= lastMs) return;
    kept.push(index);
    lastMs = timeMs;
  });
  const rows = new Float32Array(kept.length * AXIS_COUNT);
  kept.forEach((index, row) => {
    rows.set(values.subarray(index * AXIS_COUNT, (index + 1) * AXIS_COUNT), row * AXIS_COUNT);
  });
  return { timesMs: Float64Array.from(kept, (index) => timesMs[index] ?? Number.NaN), values: rows };
}

/** Found out without any copy: most files of millions of samples are. */
function areAllAfter(timesMs: Float64Array, afterMs: number): boolean {
  let lastMs = afterMs;
  return timesMs.every((timeMs) => {
    const isLater = timeMs > lastMs;
    lastMs = timeMs;
    return isLater;
  });
}
