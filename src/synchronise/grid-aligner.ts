import type { DeviceId } from '../domain/ids.js';
import { AXIS_COUNT, type SensorKind } from '../domain/sensor.js';
import type { AlignedFrames } from '../domain/window.js';
import { FrameBuilder } from './frame-builder.js';
import { type GridSpec, planSensors, type SensorPlan, type SensorSource } from './grid-spec.js';
import type { SampleBuffer } from './sample-buffer.js';

/** A device's buffers by stream; a stream never heard of has none. */
export type StreamBuffers = ReadonlyMap<SensorKind, SampleBuffer>;

/**
 * Puts one device's streams on one model's grid by nearest interpolation (Kim et al. 2019), the earlier sample at ties.
 *
 * Row `k` lies at `k * 1000 / samplingRateHz` epoch milliseconds. Rows are made once, in order, as far as the caller
 * says that they are closed. A stretch begins with the first row at or after a sample and ends before a hole of more
 * than `maxGapRows`; shorter holes are rows without values.
 */
export class GridAligner {
  readonly spec: GridSpec;
  readonly plan: readonly SensorPlan[];
  readonly #toleranceMs: number;
  readonly #streams: readonly SensorKind[];
  readonly #cursors = new Map<SensorKind, number>();
  /** Next row to be made; undefined between stretches. */
  #nextRow: number | undefined;
  #closedRow = Number.NEGATIVE_INFINITY;
  #stretchStartRow = Number.NEGATIVE_INFINITY;

  constructor(spec: GridSpec, toleranceMs: number) {
    this.spec = spec;
    this.plan = planSensors(spec);
    this.#toleranceMs = toleranceMs;
    this.#streams = [
      ...new Set(this.plan.flatMap((sensor) => sensor.sources.flatMap((source) => source.streams))),
    ];
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
    const firstRow = this.#nextRow ?? this.#beginStretch(this.#firstRow(buffers), lastRow);
    this.#nextRow = firstRow === undefined ? undefined : this.#makeRows(buffers, builder, firstRow, lastRow);
    this.#closedRow = lastRow;
    return builder.finish();
  }

  #makeRows(
    buffers: StreamBuffers,
    builder: FrameBuilder,
    firstRow: number,
    lastRow: number,
  ): number | undefined {
    let row = firstRow;
    this.#seek(buffers, row);
    while (row <= lastRow) {
      builder.begin(row);
      if (this.#fillRow(buffers, builder, this.#rowMs(row))) {
        builder.commit();
        row += 1;
        continue;
      }
      const nextMs = this.#nextSampleMs(buffers, this.#rowMs(row));
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
      this.#seek(buffers, row);
    }
    return row;
  }

  /** A stretch that would begin beyond the closed rows is left for later: an earlier sample of it may still come. */
  #beginStretch(row: number, lastRow: number): number | undefined {
    if (row > lastRow) return undefined;
    this.#stretchStartRow = row;
    return row;
  }

  #fillRow(buffers: StreamBuffers, builder: FrameBuilder, rowMs: number): boolean {
    let isPresent = false;
    for (const sensor of this.plan) {
      for (const source of sensor.sources) {
        if (this.#fillFrom(source, sensor, buffers, builder, rowMs)) {
          isPresent = true;
          break;
        }
      }
    }
    return isPresent;
  }

  #fillFrom(
    source: SensorSource,
    sensor: SensorPlan,
    buffers: StreamBuffers,
    builder: FrameBuilder,
    rowMs: number,
  ): boolean {
    let deltaMs = 0;
    for (const stream of source.streams) {
      const buffer = buffers.get(stream);
      if (buffer === undefined || buffer.size === 0) return false;
      const index = buffer.nearest(rowMs, this.#cursors.get(stream) ?? 0);
      this.#cursors.set(stream, index);
      deltaMs = Math.max(deltaMs, Math.abs(buffer.timeAt(index) - rowMs));
      if (deltaMs > this.#toleranceMs) return false;
    }
    for (let axis = 0; axis < AXIS_COUNT; axis++) {
      const column = sensor.columns[axis] ?? -1;
      if (column >= 0) builder.set(column, this.#sum(source, buffers, axis));
    }
    builder.markSensor(deltaMs, source.isGravityToRemove);
    return true;
  }

  #sum(source: SensorSource, buffers: StreamBuffers, axis: number): number {
    let sum = 0;
    for (const stream of source.streams) {
      sum += buffers.get(stream)?.valueAt(this.#cursors.get(stream) ?? 0, axis) ?? Number.NaN;
    }
    return sum;
  }

  /** Sets each stream's cursor to the last sample at or before a row, from where `nearest` walks forward. */
  #seek(buffers: StreamBuffers, row: number): void {
    const rowMs = this.#rowMs(row);
    for (const stream of this.#streams) {
      this.#cursors.set(stream, Math.max(0, (buffers.get(stream)?.firstNotBefore(rowMs) ?? 0) - 1));
    }
  }

  /** The first row at or after a sample that lies behind the closed rows; Infinity when there is none. */
  #firstRow(buffers: StreamBuffers): number {
    const firstMs = this.#nextSampleMs(buffers, this.closedMs);
    return firstMs === Number.POSITIVE_INFINITY
      ? firstMs
      : Math.max(this.#closedRow + 1, this.#rowAtOrAfter(firstMs));
  }

  #nextSampleMs(buffers: StreamBuffers, fromMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const stream of this.#streams) {
      const buffer = buffers.get(stream);
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
