import type { DeviceId } from '../../domain/ids.js';
import { AXIS_COUNT, type SensorKind } from '../../domain/samples.js';
import type { AlignedFrames, Interpolation } from '../../domain/window.js';
import {
  FrameBuilder,
  newCursor,
  type Placing,
  placeCursor,
  type StreamCursor,
  sumAt,
} from './frame-builder.js';
import { type GridSpec, planSensors, RowTimes } from './grid-spec.js';
import { HopelessWindows } from './hopeless-windows.js';
import type { SampleBuffer } from './sample-buffer.js';

/** A device's buffers by stream; a stream never heard of has none. */
export type StreamBuffers = ReadonlyMap<SensorKind, SampleBuffer>;

/** A way to get a sensor's values, with its streams' cursors: looking streams up by name row by row would be slow. */
interface Source {
  readonly cursors: readonly StreamCursor[];
  readonly isGravityToRemove: boolean;
}

interface Sensor {
  readonly sources: readonly Source[];
  readonly columns: readonly number[];
}

export interface GridAlignerOptions {
  /** Largest |Δt| between a row and a sample of it, milliseconds. */
  readonly toleranceMs: number;
  /** @defaultValue nearest */
  readonly interpolation?: Interpolation;
  /** Windows that cannot have this share of their samples are left out before their rows are made. @defaultValue 0 */
  readonly minCoverage?: number;
}

/** What may be done before others get their turn; counted down by those who do it. */
export interface WorkBudget {
  rows: number;
}

/** What a block costs besides its rows, in rows. */
const BLOCK_COST_ROWS = 32;
/** What finding out costs that a window is not worth making, in rows. */
const LEFT_OUT_COST_ROWS = 8;
/** Windows that share a row cost as much as a row of their own. */
const WINDOWS_PER_ROW = 2;

/**
 * Puts one device's streams on one model's grid: by nearest interpolation (Kim et al. 2019), the earlier sample at ties;
 * or by the last sample at or before a row; or linearly between the samples on both sides of it, where both lie within the
 * tolerance, else by the nearest. A row's |Δt| is that of its sample; of two samples their mean, weighted as their values
 * are, and for the largest the farther one's.
 *
 * Row `k` lies at `k * 1000 / samplingRateHz` epoch milliseconds. Rows are made once, in order, as far as the caller
 * says that they are closed. A stretch begins with the first row at or after a sample and ends before a hole of more
 * than `maxGapRows`; shorter holes are rows without values. Windows that lie so far apart from samples that they cannot
 * reach `minCoverage` are left out before their rows are made: the frames say how many.
 */
export class GridAligner {
  readonly spec: GridSpec;
  /** Of each sensor that the model wants, the streams that may serve it. */
  readonly sensorStreams: readonly (readonly SensorKind[])[];
  readonly #rows: RowTimes;
  readonly #toleranceMs: number;
  readonly #place: Placing;
  readonly #sensors: readonly Sensor[];
  readonly #cursors: readonly StreamCursor[];
  readonly #hopeless: HopelessWindows;
  /** What a row costs together with the windows that end at it, in rows. */
  readonly #rowCost: number;
  /** Next row to be made; undefined between stretches. */
  #nextRow: number | undefined;
  #closedRow = Number.NEGATIVE_INFINITY;
  #stretchStartRow = Number.NEGATIVE_INFINITY;

  constructor(
    spec: GridSpec,
    { toleranceMs, interpolation = 'nearest', minCoverage = 0 }: GridAlignerOptions,
  ) {
    this.spec = spec;
    this.#rowCost = Math.max(1, spec.window.rows / spec.window.strideRows / WINDOWS_PER_ROW);
    this.#rows = new RowTimes(spec.samplingRateHz);
    this.#toleranceMs = toleranceMs;
    this.#place = { interpolation, toleranceMs };
    const plan = planSensors(spec);
    this.sensorStreams = plan.map(({ sources }) => sources.flatMap(({ streams }) => streams));
    const cursors = new Map(
      this.sensorStreams.flat().map((stream): [SensorKind, StreamCursor] => [stream, newCursor(stream)]),
    );
    this.#cursors = [...cursors.values()];
    this.#sensors = plan.map(({ sources, columns }) => ({
      sources: sources.map(({ streams, isGravityToRemove }) => ({
        cursors: streams.flatMap((stream) => cursors.get(stream) ?? []),
        isGravityToRemove,
      })),
      columns,
    }));
    this.#hopeless = new HopelessWindows(spec, { toleranceMs, minCoverage });
  }

  /** Epoch milliseconds of the last closed row; samples up to here come too late for this grid. */
  get closedMs(): number {
    return this.#closedRow === Number.NEGATIVE_INFINITY
      ? this.#closedRow
      : this.#rows.timeMs(this.#closedRow);
  }

  /** Epoch milliseconds from which on samples are needed for windows of at most `maxGapRows` rows that are not complete. */
  get neededFromMs(): number {
    if (this.#closedRow === Number.NEGATIVE_INFINITY) return this.#closedRow;
    const firstRow = Math.max(this.#closedRow + 1 - this.spec.maxGapRows, this.#stretchStartRow);
    return this.#rows.timeMs(firstRow) - this.#toleranceMs;
  }

  /** First row of the present stretch; -Infinity before the first. */
  get stretchStartRow(): number {
    return this.#stretchStartRow;
  }

  /** Goes on after a restart: the next row to be made is `row`, everything before it is closed. */
  resume(row: number, stretchStartRow: number): void {
    this.#nextRow = row;
    this.#closedRow = row - 1;
    this.#stretchStartRow = stretchStartRow;
    this.#hopeless.beginAt(row);
  }

  /** Whether rows up to `closeMs` are still to be made. */
  isBehind(closeMs: number): boolean {
    return this.#rows.atOrBefore(closeMs) > this.#closedRow;
  }

  /** Makes the rows up to `closeMs`, or as far as the budget goes, as blocks without holes longer than allowed. */
  advance(
    device: DeviceId,
    buffers: StreamBuffers,
    closeMs: number,
    budget: WorkBudget = { rows: Number.POSITIVE_INFINITY },
  ): AlignedFrames[] {
    const lastRow = this.#rows.atOrBefore(closeMs);
    if (!(lastRow > this.#closedRow)) return [];
    const builder = new FrameBuilder(device, this.spec);
    for (const cursor of this.#cursors) cursor.buffer = buffers.get(cursor.stream);
    this.#hopeless.look(this.sensorStreams, buffers, this.#closedRow + 1);
    const firstRow = this.#nextRow ?? this.#beginStretch(this.#firstRow(), lastRow);
    this.#nextRow = firstRow === undefined ? undefined : this.#makeRows(builder, firstRow, lastRow, budget);
    const isUnfinished = this.#nextRow !== undefined && this.#nextRow <= lastRow && budget.rows <= 0;
    this.#closedRow = isUnfinished ? Math.max(this.#closedRow, (this.#nextRow ?? 0) - 1) : lastRow;
    return builder.finish();
  }

  #makeRows(
    builder: FrameBuilder,
    firstRow: number,
    lastRow: number,
    budget: WorkBudget,
  ): number | undefined {
    let row = firstRow;
    this.#seek(row);
    while (row <= lastRow && budget.rows > 0) {
      budget.rows -= this.#rowCost;
      builder.begin(row);
      if (this.#fillRow(builder, this.#rows.timeMs(row))) {
        builder.commit();
        row += 1;
        continue;
      }
      const hopeless = this.#hopeless.find(row, this.#stretchStartRow, lastRow, (other) =>
        this.#isFilled(builder, other),
      );
      if (hopeless !== undefined) {
        builder.leaveOut(hopeless.windows, hopeless.nextRow);
        budget.rows -= BLOCK_COST_ROWS + hopeless.windows.count * LEFT_OUT_COST_ROWS;
        row = hopeless.nextRow;
        this.#seek(row);
        continue;
      }
      builder.begin(row);
      const nextMs = this.#nextSampleMs(this.#rows.timeMs(row));
      const resumeRow = Math.max(row + 1, this.#rows.atOrAfter(nextMs - this.#toleranceMs));
      if (resumeRow > lastRow) return row;
      if (resumeRow - row <= this.spec.maxGapRows) {
        builder.commitEmpty(resumeRow - row);
        budget.rows -= (resumeRow - row) * this.#rowCost;
        row = resumeRow;
      } else {
        builder.endStretch();
        budget.rows -= BLOCK_COST_ROWS;
        const nextStart = this.#beginStretch(this.#rows.atOrAfter(nextMs), lastRow);
        if (nextStart === undefined) return undefined;
        row = nextStart;
      }
      this.#seek(row);
    }
    return row;
  }

  /** A stretch that would begin beyond the closed rows is left for later: an earlier sample of it may still come. */
  #beginStretch(row: number, lastRow: number): number | undefined {
    if (row > lastRow) return undefined;
    this.#stretchStartRow = row;
    return row;
  }

  /** Whether a row has values; another must be begun before one is committed. */
  #isFilled(builder: FrameBuilder, row: number): boolean {
    this.#seek(row);
    builder.begin(row);
    return this.#fillRow(builder, this.#rows.timeMs(row));
  }

  #fillRow(builder: FrameBuilder, rowMs: number): boolean {
    let isPresent = false;
    for (const { sources, columns } of this.#sensors) {
      for (const source of sources) {
        if (this.#fillFrom(source, columns, builder, rowMs)) {
          isPresent = true;
          break;
        }
      }
    }
    return isPresent;
  }

  #fillFrom(
    { cursors, isGravityToRemove }: Source,
    columns: readonly number[],
    builder: FrameBuilder,
    rowMs: number,
  ): boolean {
    let deltaMs = 0;
    let farthestMs = 0;
    for (const cursor of cursors) {
      const { buffer } = cursor;
      if (buffer === undefined || buffer.size === 0) return false;
      if (!placeCursor(cursor, buffer, rowMs, this.#place)) return false;
      const { index, nextShare } = cursor;
      const hereMs = Math.abs(buffer.timeAt(index) - rowMs);
      const nextMs = nextShare > 0 ? Math.abs(buffer.timeAt(index + 1) - rowMs) : 0;
      farthestMs = Math.max(farthestMs, hereMs, nextMs);
      if (farthestMs > this.#toleranceMs) return false;
      deltaMs = Math.max(deltaMs, hereMs * (1 - nextShare) + nextMs * nextShare);
    }
    for (let axis = 0; axis < AXIS_COUNT; axis++) {
      const column = columns[axis] ?? -1;
      if (column >= 0) builder.set(column, sumAt(cursors, axis));
    }
    builder.markSensor(deltaMs, farthestMs, isGravityToRemove);
    return true;
  }

  /** Sets each stream's cursor to the last sample at or before a row, from where `nearest` walks forward. */
  #seek(row: number): void {
    const rowMs = this.#rows.timeMs(row);
    for (const cursor of this.#cursors) {
      cursor.index = Math.max(0, (cursor.buffer?.firstNotBefore(rowMs) ?? 0) - 1);
    }
  }

  /** The first row at or after a sample that lies behind the closed rows; Infinity when there is none. */
  #firstRow(): number {
    const firstMs = this.#nextSampleMs(this.closedMs);
    return firstMs === Number.POSITIVE_INFINITY
      ? firstMs
      : Math.max(this.#closedRow + 1, this.#rows.atOrAfter(firstMs));
  }

  #nextSampleMs(fromMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { buffer } of this.#cursors) {
      const index = buffer?.firstNotBefore(fromMs) ?? 0;
      if (buffer !== undefined && index < buffer.size) nextMs = Math.min(nextMs, buffer.timeAt(index));
    }
    return nextMs;
  }
}
