import type { DeviceId } from '../../domain/ids.js';
import type { SensorKind } from '../../domain/samples.js';
import type { AlignedFrames } from '../../domain/window.js';
import { GridAligner, type GridAlignerOptions, type StreamBuffers } from './grid-aligner.js';
import type { GridSpec } from './grid-spec.js';

/** Rows made in one go: about as many as 1 MB of ordinary samples has. */
const MAX_ROWS_AT_ONCE = 32_768;

/** Where a model's windows go on after a restart. */
export interface GridResume {
  readonly model: string;
  /** First row of the earliest window that is not stored yet. */
  readonly nextRow: number;
  /** First row of the stretch in which it lies. */
  readonly stretchStartRow: number;
}

/** The grids of one device, one a model: their rows are closed together, up to one time. */
export class DeviceGrids {
  readonly #device: DeviceId;
  readonly #options: GridAlignerOptions;
  #grids: GridAligner[] = [];
  /** Rows up to here are closed, made or not, epoch milliseconds. */
  closeMs = Number.NEGATIVE_INFINITY;

  constructor(device: DeviceId, options: GridAlignerOptions) {
    this.#device = device;
    this.#options = options;
  }

  /** Puts other grids in place; those that stay the same keep their rows. */
  set(specs: readonly GridSpec[]): void {
    this.#grids = specs.map(
      (spec) => this.#grids.find((grid) => grid.spec === spec) ?? new GridAligner(spec, this.#options),
    );
  }

  beginAgain(): void {
    this.closeMs = Number.NEGATIVE_INFINITY;
    this.#grids = this.#grids.map((grid) => new GridAligner(grid.spec, this.#options));
  }

  resume(resumes: readonly GridResume[]): void {
    for (const { model, nextRow, stretchStartRow } of resumes) {
      this.#grids
        .find((grid) => grid.spec.model === model)
        ?.resume(Math.max(nextRow, stretchStartRow), stretchStartRow);
    }
  }

  get stretches(): { readonly model: string; readonly startRow: number }[] {
    return this.#grids.map((grid) => ({ model: grid.spec.model, startRow: grid.stretchStartRow }));
  }

  /** Of each sensor that a grid wants, the streams that may serve it. */
  *sensorStreams(): IterableIterator<readonly SensorKind[]> {
    for (const grid of this.#grids) yield* grid.sensorStreams;
  }

  /** Samples before this are needed by no window that is still to come, epoch milliseconds. */
  get neededFromMs(): number {
    return this.#grids.reduce(
      (lowest, grid) => Math.min(lowest, grid.neededFromMs),
      Number.POSITIVE_INFINITY,
    );
  }

  /** Up to here no grid can use a sample any more. */
  get closedMs(): number {
    if (this.#grids.length === 0) return Number.NEGATIVE_INFINITY;
    return this.#grids.reduce((lowest, grid) => Math.min(lowest, grid.closedMs), Number.POSITIVE_INFINITY);
  }

  /** Samples before this serve no row that is still to be made, epoch milliseconds. */
  get unusedBeforeMs(): number {
    return (this.#grids.length === 0 ? this.closeMs : this.closedMs) - this.#options.toleranceMs;
  }

  /** Whether rows that are closed are still to be made. */
  get isBehind(): boolean {
    return this.#grids.some((grid) => grid.isBehind(this.closeMs));
  }

  /** Makes the next rows that are closed. */
  advance(buffers: StreamBuffers): AlignedFrames[] {
    const budget = { rows: MAX_ROWS_AT_ONCE };
    const frames: AlignedFrames[] = [];
    for (const grid of this.#grids) {
      for (const block of grid.advance(this.#device, buffers, this.closeMs, budget)) frames.push(block);
    }
    return frames;
  }
}
