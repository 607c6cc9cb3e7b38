import type { DeviceId } from '../../domain/ids.js';
import type { SensorKind } from '../../domain/samples.js';
import type { AlignedFrames, Interpolation, LeftOutWindows } from '../../domain/window.js';
import type { GridSpec } from './grid-spec.js';
import type { SampleBuffer } from './sample-buffer.js';

/** A stream's samples and the one that the row made last was given. */
export interface StreamCursor {
  readonly stream: SensorKind;
  buffer: SampleBuffer | undefined;
  index: number;
  /** Weight of the sample after it in the row's value, 0..1. */
  nextShare: number;
}

/** How a row finds its samples. */
export interface Placing {
  readonly interpolation: Interpolation;
  /** Largest |Δt| between a row and a sample of it, milliseconds. */
  readonly toleranceMs: number;
}

export function newCursor(stream: SensorKind): StreamCursor {
  return { stream, buffer: undefined, index: 0, nextShare: 0 };
}

/**
 * Sets a cursor to the sample, or to the first of the two samples, that a row gets its value from.
 *
 * @returns false where there is none that the interpolation may use
 */
export function placeCursor(
  cursor: StreamCursor,
  buffer: SampleBuffer,
  rowMs: number,
  { interpolation, toleranceMs }: Placing,
): boolean {
  cursor.nextShare = 0;
  if (interpolation === 'nearest') {
    cursor.index = buffer.nearest(rowMs, cursor.index);
    return true;
  }
  cursor.index = buffer.lastNotAfter(rowMs, cursor.index);
  const fromMs = buffer.timeAt(cursor.index);
  if (interpolation === 'previous') return fromMs <= rowMs;
  const toMs = cursor.index + 1 < buffer.size ? buffer.timeAt(cursor.index + 1) : Number.POSITIVE_INFINITY;
  const isBetween = rowMs > fromMs && Math.max(rowMs - fromMs, toMs - rowMs) <= toleranceMs;
  if (isBetween) cursor.nextShare = (rowMs - fromMs) / (toMs - fromMs);
  else if (toMs - rowMs < Math.abs(rowMs - fromMs)) cursor.index += 1;
  return true;
}

/** Sum over streams of an axis, as the cursors are placed. */
export function sumAt(cursors: readonly StreamCursor[], axis: number): number {
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

const INITIAL_ROWS = 64;

/** Collects rows into blocks of consecutive ones. A row is begun, filled, and committed or left. */
export class FrameBuilder {
  readonly #device: DeviceId;
  readonly #model: string;
  readonly #width: number;
  readonly #finished: AlignedFrames[] = [];
  #firstRow = 0;
  #rowCount = 0;
  #leftOut: LeftOutWindows | undefined;
  #values: Float32Array;
  #deltaSumMs = new Float32Array(INITIAL_ROWS);
  #deltaMaxMs = new Float32Array(INITIAL_ROWS);
  #presentSensors: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL_ROWS);
  #gravityToRemove: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL_ROWS);

  constructor(device: DeviceId, spec: GridSpec) {
    this.#device = device;
    this.#model = spec.model;
    this.#width = spec.channels.length;
    this.#values = new Float32Array(INITIAL_ROWS * this.#width);
  }

  /** Opens a row; what an earlier row begun but not committed left there is cleared. */
  begin(row: number): void {
    if (this.#rowCount === 0) this.#firstRow = row;
    const at = this.#rowCount;
    this.#reserve(at + 1);
    this.#values.fill(Number.NaN, at * this.#width, (at + 1) * this.#width);
    this.#deltaSumMs[at] = 0;
    this.#deltaMaxMs[at] = 0;
    this.#presentSensors[at] = 0;
    this.#gravityToRemove[at] = 0;
  }

  set(column: number, value: number): void {
    this.#values[this.#rowCount * this.#width + column] = value;
  }

  /** Notes that a sensor has values in the open row, from samples `deltaMs` away, the farthest `farthestMs`. */
  markSensor(deltaMs: number, farthestMs: number, isGravityToRemove: boolean): void {
    const at = this.#rowCount;
    this.#deltaSumMs[at] = (this.#deltaSumMs[at] ?? 0) + deltaMs;
    this.#deltaMaxMs[at] = Math.max(this.#deltaMaxMs[at] ?? 0, farthestMs);
    this.#presentSensors[at] = (this.#presentSensors[at] ?? 0) + 1;
    if (isGravityToRemove) this.#gravityToRemove[at] = 1;
  }

  commit(): void {
    this.#rowCount += 1;
  }

  /** Commits rows without values, the open one being the first. */
  commitEmpty(rows: number): void {
    const first = this.#firstRow;
    for (let index = 0; index < rows; index++) {
      this.begin(first + this.#rowCount);
      this.commit();
    }
  }

  /** Closes the block; the next one begins at a row further on, behind windows that are not made. */
  leaveOut(windows: LeftOutWindows, nextRow: number): void {
    this.endStretch();
    this.#leftOut = windows;
    this.#firstRow = nextRow;
  }

  /** Closes the block; the next row begun opens another. */
  endStretch(): void {
    const rows = this.#rowCount;
    if (rows === 0 && this.#leftOut === undefined) return;
    this.#finished.push({
      device: this.#device,
      model: this.#model,
      firstRow: this.#firstRow,
      rowCount: rows,
      values: this.#values.slice(0, rows * this.#width),
      deltaSumMs: this.#deltaSumMs.slice(0, rows),
      deltaMaxMs: this.#deltaMaxMs.slice(0, rows),
      presentSensors: this.#presentSensors.slice(0, rows),
      gravityToRemove: this.#gravityToRemove.slice(0, rows),
      leftOut: this.#leftOut,
    });
    this.#leftOut = undefined;
    this.#rowCount = 0;
  }

  finish(): AlignedFrames[] {
    this.endStretch();
    return this.#finished;
  }

  #reserve(rows: number): void {
    const capacity = this.#deltaSumMs.length;
    if (rows <= capacity) return;
    this.#values = grown(this.#values, new Float32Array(this.#values.length * 2));
    this.#deltaSumMs = grown(this.#deltaSumMs, new Float32Array(capacity * 2));
    this.#deltaMaxMs = grown(this.#deltaMaxMs, new Float32Array(capacity * 2));
    this.#presentSensors = grown(this.#presentSensors, new Uint8Array(capacity * 2));
    this.#gravityToRemove = grown(this.#gravityToRemove, new Uint8Array(capacity * 2));
  }
}

function grown<T extends Float32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
