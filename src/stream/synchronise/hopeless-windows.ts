import type { SensorKind } from '../../domain/samples.js';
import type { LeftOutWindows } from '../../domain/window.js';
import { type GridSpec, RowTimes } from './grid-spec.js';
import type { SampleBuffer } from './sample-buffer.js';

/** Windows looked at in one go; more are looked at in the next. */
const MAX_WINDOWS_AT_ONCE = 2048;
/** Times are compared with this much room for rounding, milliseconds. */
const ROUNDING_MS = 1e-3;

export interface HopelessWindowsOptions {
  /** Largest |Δt| between a row and a sample of it, milliseconds. */
  readonly toleranceMs: number;
  /** Share of its samples that a window must have, 0..1; with 0 none is hopeless. */
  readonly minCoverage: number;
}

/** Where rows are to go on, and what lies before them. */
export interface HopelessStretch {
  readonly windows: LeftOutWindows;
  readonly nextRow: number;
}

/**
 * Finds windows that cannot reach the coverage that a model asks for, by counting samples instead of making rows: a sample
 * serves no more rows than lie within the tolerance of it. What is found are windows that are due all the same: their
 * rows lie in one stretch, just as if they had been made.
 */
export class HopelessWindows {
  readonly #spec: GridSpec;
  readonly #options: HopelessWindowsOptions;
  readonly #rows: RowTimes;
  readonly #rowsPerSample: number;
  /** A row this far behind the last closed one may still get a sample. */
  readonly #openRows: number;
  #sensors: readonly (readonly SampleBuffer[])[] = [];
  #buffers: readonly SampleBuffer[] = [];
  /** All samples for the rows from here on are there; those of earlier rows may be gone. */
  #countedFromRow = Number.NEGATIVE_INFINITY;
  /** Windows that begin before this row are done. */
  #windowsFromRow = Number.NEGATIVE_INFINITY;
  /** Up to this row there is nothing to be found. */
  #idleToRow = Number.NEGATIVE_INFINITY;

  constructor(spec: GridSpec, options: HopelessWindowsOptions) {
    this.#spec = spec;
    this.#options = options;
    this.#rows = new RowTimes(spec.samplingRateHz);
    const rows = (2 * options.toleranceMs + ROUNDING_MS) * (spec.samplingRateHz / 1000);
    this.#rowsPerSample = Math.floor(rows) + 1;
    this.#openRows = Math.ceil(rows / 2) + 1;
  }

  /** Windows that begin before a row are of no concern. */
  beginAt(row: number): void {
    this.#windowsFromRow = row;
  }

  /** Takes note of what samples there are. */
  look(
    sensorStreams: readonly (readonly SensorKind[])[],
    buffers: ReadonlyMap<SensorKind, SampleBuffer>,
    countedFromRow: number,
  ): void {
    if (this.#options.minCoverage === 0) return;
    this.#sensors = sensorStreams.map((streams) =>
      [...new Set(streams)].flatMap((stream) => buffers.get(stream) ?? []),
    );
    this.#buffers = [...new Set(this.#sensors.flat())];
    this.#countedFromRow = countedFromRow;
  }

  /**
   * The hopeless windows that a row without values begins or belongs to, when all that hold it are hopeless.
   *
   * @param stretchStartRow first row of the stretch
   * @param lastRow last row that is closed
   * @param isFilled whether a row has values
   */
  find(
    row: number,
    stretchStartRow: number,
    lastRow: number,
    isFilled: (row: number) => boolean,
  ): HopelessStretch | undefined {
    if (this.#options.minCoverage === 0 || row < this.#idleToRow) return undefined;
    const { rows: size, strideRows } = this.#spec.window;
    const earliest = Math.max(stretchStartRow, this.#windowsFromRow, row + 1 - size);
    let startRow = Math.ceil(earliest / strideRows) * strideRows;
    let count = 0;
    let reachedRow = row - 1;
    const lastStartRow = lastRow - this.#openRows - size + 1;
    while (count < MAX_WINDOWS_AT_ONCE && startRow <= lastStartRow && this.#isHopeless(startRow)) {
      reachedRow = this.#reach(reachedRow, startRow + size - 1, isFilled);
      if (reachedRow < startRow + size - 1) break;
      count += 1;
      startRow += strideRows;
    }
    if (count === 0 || startRow <= row) {
      this.#idleToRow = startRow + size;
      return undefined;
    }
    this.#windowsFromRow = startRow;
    const nextRow = Math.min(startRow, reachedRow + 1, lastRow + 1);
    return { windows: { count, lastStartRow: startRow - strideRows }, nextRow };
  }

  #isHopeless(startRow: number): boolean {
    const { toleranceMs, minCoverage } = this.#options;
    const { rows: size } = this.#spec.window;
    const countedFrom = Math.min(startRow + size, Math.max(startRow, this.#countedFromRow));
    const fromMs = this.#rows.timeMs(countedFrom) - toleranceMs - ROUNDING_MS;
    const toMs = this.#rows.timeMs(startRow + size - 1) + toleranceMs + ROUNDING_MS;
    const uncounted = countedFrom - startRow;
    let present = 0;
    for (const buffers of this.#sensors) {
      let samples = 0;
      for (const buffer of buffers) samples += buffer.firstNotBefore(toMs) - buffer.firstNotBefore(fromMs);
      present += Math.min(size, uncounted + samples * this.#rowsPerSample);
    }
    return present / (size * this.#sensors.length) < minCoverage;
  }

  /** How far, at least to `row` if it does, the stretch goes on behind a row of it. */
  #reach(from: number, row: number, isFilled: (row: number) => boolean): number {
    let reached = from;
    while (reached < row) {
      const next = this.#within(reached) ?? this.#behindHole(reached, isFilled);
      if (next === undefined) return reached;
      reached = next;
    }
    return reached;
  }

  /** Row of the last sample that no hole, wherever it begins, can part from the next row. */
  #within(reached: number): number | undefined {
    const limitMs = this.#rows.timeMs(reached + 1 + this.#spec.maxGapRows) + this.#options.toleranceMs;
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const buffer of this.#buffers) {
      const index = buffer.firstNotBefore(limitMs) - 1;
      if (index >= 0) lastMs = Math.max(lastMs, buffer.timeAt(index));
    }
    const row = this.#rows.atOrBefore(lastMs);
    return row > reached ? row : undefined;
  }

  /** Row of the next sample, when the hole before it is short enough. */
  #behindHole(reached: number, isFilled: (row: number) => boolean): number | undefined {
    let holeRow = reached + 1;
    while (isFilled(holeRow)) holeRow += 1;
    const fromMs = this.#rows.timeMs(reached + 1);
    let nextMs = Number.POSITIVE_INFINITY;
    for (const buffer of this.#buffers) {
      const index = buffer.firstNotBefore(fromMs);
      if (index < buffer.size) nextMs = Math.min(nextMs, buffer.timeAt(index));
    }
    const resumeRow = this.#rows.atOrAfter(nextMs - this.#options.toleranceMs);
    return resumeRow - holeRow <= this.#spec.maxGapRows ? this.#rows.atOrBefore(nextMs) : undefined;
  }
}
