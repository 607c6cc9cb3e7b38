import type { DeviceId } from '../domain/ids.js';
import type { Interpolation } from '../domain/interpolation.js';
import { AXIS_COUNT, type SensorKind } from '../domain/sensor.js';
import type { AlignedFrames } from '../domain/window.js';
import { FrameBuilder } from './frame-builder.js';
import { type GridSpec, planSensors } from './grid-spec.js';
import type { SampleBuffer } from './sample-buffer.js';

/** A device's buffers by stream; a stream never heard of has none. */
export type StreamBuffers = ReadonlyMap<SensorKind, SampleBuffer>;

/** A stream's samples and the one that the row made last was given. */
interface Cursor {
  readonly stream: SensorKind;
  buffer: SampleBuffer | undefined;
  index: number;
  /** Weight of the sample after it in the row's value, 0..1. */
  nextShare: number;
}

/** A way to get a sensor's values, with its streams' cursors: looking streams up by name row by row would be slow. */
interface Source {
  readonly cursors: readonly Cursor[];
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
}

/**
 * Puts one device's streams on one model's grid: by nearest interpolation (Kim et al. 2019), the earlier sample at ties;
 * or by the last sample at or before a row; or linearly between the samples on both sides of it, where both lie within the
 * tolerance, else by the nearest. A row's |Δt| is that of its sample; of two samples their mean, weighted as their values
 * are, and for the largest the farther one's.
 *
 * Row `k` lies at `k * 1000 / samplingRateHz` epoch milliseconds. Rows are made once, in order, as far as the caller
 * says that they are closed. A stretch begins with the first row at or after a sample and ends before a hole of more
 * than `maxGapRows`; shorter holes are rows without values.
 */
export class GridAligner {
  readonly spec: GridSpec;
  /** Of each sensor that the model wants, the streams that may serve it. */
  readonly sensorStreams: readonly (readonly SensorKind[])[];
  readonly #toleranceMs: number;
  readonly #interpolation: Interpolation;
  readonly #sensors: readonly Sensor[];
  readonly #cursors: readonly Cursor[];
  /** Next row to be made; undefined between stretches. */
  #nextRow: number | undefined;
  #closedRow = Number.NEGATIVE_INFINITY;
  #stretchStartRow = Number.NEGATIVE_INFINITY;

  constructor(spec: GridSpec, { toleranceMs, interpolation = 'nearest' }: GridAlignerOptions) {
    this.spec = spec;
    this.#toleranceMs = toleranceMs;
    this.#interpolation = interpolation;
    const plan = planSensors(spec);
    this.sensorStreams = plan.map(({ sources }) => sources.flatMap(({ streams }) => streams));
    const cursors = new Map(
      this.sensorStreams.flat().map((stream): [SensorKind, Cursor] => [stream, newCursor(stream)]),
    );
    this.#cursors = [...cursors.values()];
    this.#sensors = plan.map(({ sources, columns }) => ({
      sources: sources.map(({ streams, isGravityToRemove }) => ({
        cursors: streams.flatMap((stream) => cursors.get(stream) ?? []),
        isGravityToRemove,
      })),
      columns,
    }));
  }

  /** Epoch milliseconds of the last closed row; samples up to here come too late for this grid. */
  get closedMs(): number {
    return this.#closedRow === Number.NEGATIVE_INFINITY ? this.#closedRow : this.#rowMs(this.#closedRow);
  }

  /** Epoch milliseconds from which on samples are needed for windows of at most `maxGapRows` rows that are not complete. */
  get neededFromMs(): number {
    if (this.#closedRow === Number.NEGATIVE_INFINITY) return this.#closedRow;
    const firstRow = Math.max(this.#closedRow + 1 - this.spec.maxGapRows, this.#stretchStartRow);
    return this.#rowMs(firstRow) - this.#toleranceMs;
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
  }

  /** Makes the rows up to `closeMs`, as blocks without holes longer than allowed. */
  advance(device: DeviceId, buffers: StreamBuffers, closeMs: number): AlignedFrames[] {
    const lastRow = this.#rowAtOrBefore(closeMs);
    if (!(lastRow > this.#closedRow)) return [];
    const builder = new FrameBuilder(device, this.spec);
    for (const cursor of this.#cursors) cursor.buffer = buffers.get(cursor.stream);
    const firstRow = this.#nextRow ?? this.#beginStretch(this.#firstRow(), lastRow);
    this.#nextRow = firstRow === undefined ? undefined : this.#makeRows(builder, firstRow, lastRow);
    this.#closedRow = lastRow;
    return builder.finish();
  }

  #makeRows(builder: FrameBuilder, firstRow: number, lastRow: number): number | undefined {
    let row = firstRow;
    this.#seek(row);
    while (row <= lastRow) {
      builder.begin(row);
      if (this.#fillRow(builder, this.#rowMs(row))) {
        builder.commit();
        row += 1;
        continue;
      }
      const nextMs = this.#nextSampleMs(this.#rowMs(row));
      const resumeRow = Math.max(row + 1, this.#rowAtOrAfter(nextMs - this.#toleranceMs));
      if (resumeRow > lastRow) return row;
      if (resumeRow - row <= this.spec.maxGapRows) {
        builder.commitEmpty(resumeRow - row);
        row = resumeRow;
      } else {
        builder.endStretch();
        const nextStart = this.#beginStretch(this.#rowAtOrAfter(nextMs), lastRow);
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
      if (!this.#place(cursor, buffer, rowMs)) return false;
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

  /**
   * Sets a cursor to the sample, or to the first of the two samples, that a row gets its value from.
   *
   * @returns false where there is none that the interpolation may use
   */
  #place(cursor: Cursor, buffer: SampleBuffer, rowMs: number): boolean {
    cursor.nextShare = 0;
    if (this.#interpolation === 'nearest') {
      cursor.index = buffer.nearest(rowMs, cursor.index);
      return true;
    }
    cursor.index = buffer.lastNotAfter(rowMs, cursor.index);
    const fromMs = buffer.timeAt(cursor.index);
    if (this.#interpolation === 'previous') return fromMs <= rowMs;
    const toMs = cursor.index + 1 < buffer.size ? buffer.timeAt(cursor.index + 1) : Number.POSITIVE_INFINITY;
    const isBetween = rowMs > fromMs && Math.max(rowMs - fromMs, toMs - rowMs) <= this.#toleranceMs;
    if (isBetween) cursor.nextShare = (rowMs - fromMs) / (toMs - fromMs);
    else if (toMs - rowMs < Math.abs(rowMs - fromMs)) cursor.index += 1;
    return true;
  }

  /** Sets each stream's cursor to the last sample at or before a row, from where `nearest` walks forward. */
  #seek(row: number): void {
    const rowMs = this.#rowMs(row);
    for (const cursor of this.#cursors) {
      cursor.index = Math.max(0, (cursor.buffer?.firstNotBefore(rowMs) ?? 0) - 1);
    }
  }

  /** The first row at or after a sample that lies behind the closed rows; Infinity when there is none. */
  #firstRow(): number {
    const firstMs = this.#nextSampleMs(this.closedMs);
    return firstMs === Number.POSITIVE_INFINITY
      ? firstMs
      : Math.max(this.#closedRow + 1, this.#rowAtOrAfter(firstMs));
  }

  #nextSampleMs(fromMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { buffer } of this.#cursors) {
      const index = buffer?.firstNotBefore(fromMs) ?? 0;
      if (buffer !== undefined && index < buffer.size) nextMs = Math.min(nextMs, buffer.timeAt(index));
    }
    return nextMs;
  }

  #rowMs(row: number): number {
    return (row * 1000) / this.spec.samplingRateHz;
  }

  #rowAtOrBefore(timeMs: number): number {
    const row = Math.floor((timeMs * this.spec.samplingRateHz) / 1000);
    return this.#rowMs(row + 1) <= timeMs ? row + 1 : row;
  }

  #rowAtOrAfter(timeMs: number): number {
    const row = Math.ceil((timeMs * this.spec.samplingRateHz) / 1000);
    return this.#rowMs(row - 1) >= timeMs ? row - 1 : row;
  }
}

function newCursor(stream: SensorKind): Cursor {
  return { stream, buffer: undefined, index: 0, nextShare: 0 };
}

function sumAt(cursors: readonly Cursor[], axis: number): number {
  let sum = 0;
  for (const { buffer, index, nextShare } of cursors) {
    const value = buffer?.valueAt(index, axis) ?? Number.NaN;
    sum +=
      nextShare === 0
        ? value
        : value * (1 - nextShare) + (buffer?.valueAt(index + 1, axis) ?? Number.NaN) * nextShare;
  }
  return sum;
}
