import type { AlignedFrames, SampleWindow } from '../domain/window.js';

/** What the window stage must know of a model. */
export interface WindowSpec {
  readonly model: string;
  readonly samplingRateHz: number;
  readonly sizeSamples: number;
  readonly strideSamples: number;
  readonly channelCount: number;
  readonly sensorCount: number;
}

/**
 * Cuts one device's frames for one model into sliding windows anchored at the epoch: window `j` has the rows from
 * `j * strideSamples` on, whatever the time at which the stream began, so a restart gives the same windows.
 *
 * A window is due when its rows lie in one stretch, that is, when no hole ended the stretch between them. Holds the last
 * `sizeSamples` rows and nothing else.
 */
export class SlidingWindow {
  readonly #spec: WindowSpec;
  readonly #values: Float32Array;
  readonly #deltaSumMs: Float32Array;
  readonly #deltaMaxMs: Float32Array;
  readonly #presentSensors: Uint8Array;
  readonly #gravityToRemove: Uint8Array;
  #stretchStart = Number.POSITIVE_INFINITY;
  #nextRow = Number.NaN;

  constructor(spec: WindowSpec) {
    const { sizeSamples } = spec;
    this.#spec = spec;
    this.#values = new Float32Array(sizeSamples * spec.channelCount);
    this.#deltaSumMs = new Float32Array(sizeSamples);
    this.#deltaMaxMs = new Float32Array(sizeSamples);
    this.#presentSensors = new Uint8Array(sizeSamples);
    this.#gravityToRemove = new Uint8Array(sizeSamples);
  }

  /** Takes consecutive rows in and gives the windows that they complete, oldest first. */
  push(frames: AlignedFrames): SampleWindow[] {
    if (frames.firstRow !== this.#nextRow) this.#stretchStart = frames.firstRow;
    const { sizeSamples, strideSamples } = this.#spec;
    const windows: SampleWindow[] = [];
    // Counted on, not computed row by row: remainders of row numbers, which are beyond 32 bits, are slow.
    let slot = frames.firstRow % sizeSamples;
    let start = this.#firstStart(frames.firstRow);
    for (let index = 0; index < frames.rowCount; index++) {
      this.#keep(frames, index, slot);
      slot = slot + 1 === sizeSamples ? 0 : slot + 1;
      if (frames.firstRow + index + 1 !== start + sizeSamples) continue;
      windows.push(this.#cut(frames, start));
      start += strideSamples;
    }
    this.#nextRow = frames.firstRow + frames.rowCount;
    return windows;
  }

  /** First row of the first window that ends at `row` or later. */
  #firstStart(row: number): number {
    const { sizeSamples, strideSamples } = this.#spec;
    const earliest = Math.max(this.#stretchStart, row + 1 - sizeSamples);
    return Math.ceil(earliest / strideSamples) * strideSamples;
  }

  #keep(frames: AlignedFrames, index: number, slot: number): void {
    const width = this.#spec.channelCount;
    for (let column = 0; column < width; column++) {
      this.#values[slot * width + column] = frames.values[index * width + column] ?? Number.NaN;
    }
    this.#deltaSumMs[slot] = frames.deltaSumMs[index] ?? 0;
    this.#deltaMaxMs[slot] = frames.deltaMaxMs[index] ?? 0;
    this.#presentSensors[slot] = frames.presentSensors[index] ?? 0;
    this.#gravityToRemove[slot] = frames.gravityToRemove[index] ?? 0;
  }

  #cut(frames: AlignedFrames, startRow: number): SampleWindow {
    const { sizeSamples, sensorCount, channelCount, samplingRateHz } = this.#spec;
    const split = startRow % sizeSamples;
    const present = sum(this.#presentSensors);
    return {
      device: frames.device,
      model: frames.model,
      startMs: rowTimeMs(startRow, samplingRateHz),
      endMs: rowTimeMs(startRow + sizeSamples, samplingRateHz),
      values: unrolled(this.#values, split * channelCount, new Float32Array(this.#values.length)),
      gravityToRemove: this.#gravityToRemove.includes(1)
        ? unrolled(this.#gravityToRemove, split, new Uint8Array(sizeSamples))
        : undefined,
      coverage: present / (sizeSamples * sensorCount),
      meanDeltaMs: present === 0 ? 0 : sum(this.#deltaSumMs) / present,
      maxDeltaMs: this.#deltaMaxMs.reduce((largest, delta) => Math.max(largest, delta), 0),
      ...(frames.isAgain && { isAgain: true }),
    };
  }
}

/** When a row is, epoch milliseconds: whole microseconds, so that a time survives every store and text form. */
export function rowTimeMs(row: number, samplingRateHz: number): number {
  return Math.round((row * 1e6) / samplingRateHz) / 1000;
}

/** A ring's content from its oldest entry on. */
function unrolled<T extends Float32Array | Uint8Array>(ring: T, split: number, target: T): T {
  target.set(ring.subarray(split), 0);
  target.set(ring.subarray(0, split), ring.length - split);
  return target;
}

function sum(values: Float32Array | Uint8Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
