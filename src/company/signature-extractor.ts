import type { SignatureRow } from '../domain/company.js';
import type { AlignedFrames } from '../domain/window.js';
import { rowTimeMs, SlidingWindow } from '../stream/sliding-window.js';
import { signatureOf } from './signature.js';
import { COMPANY_GRID, CONTEXT_ROWS, GRID_RATE_HZ, GRID_WIDTH } from './signature-grid.js';

const WINDOW = {
  model: COMPANY_GRID.model,
  samplingRateHz: GRID_RATE_HZ,
  sizeSamples: CONTEXT_ROWS,
  strideSamples: GRID_RATE_HZ,
  channelCount: GRID_WIDTH,
  sensorCount: GRID_WIDTH / 3,
};

/**
 * Makes one device's signatures, a row a second, from the rows of {@link COMPANY_GRID}.
 *
 * A signature is a value of the four seconds of rows that end with its second and of nothing else; at the beginning of a
 * stretch of the rows that there are. After a restart the grid goes on at {@link neededFromRow}, and from the next second
 * on the signatures are those of a gateway that never stopped.
 */
export class SignatureExtractor {
  readonly #window = new SlidingWindow(WINDOW);
  #nextRow: number | undefined;

  /** The first row of the grid that signatures still to come need; `undefined` before the first row. */
  get neededFromRow(): number | undefined {
    if (this.#nextRow === undefined) return undefined;
    const nextEnd = (Math.floor(this.#nextRow / GRID_RATE_HZ) + 1) * GRID_RATE_HZ;
    return nextEnd - CONTEXT_ROWS;
  }

  /** The same in epoch milliseconds; Infinity before the first row. */
  get neededFromMs(): number {
    const row = this.neededFromRow;
    return row === undefined ? Number.POSITIVE_INFINITY : rowTimeMs(row, GRID_RATE_HZ);
  }

  /** Takes consecutive rows in and gives the seconds that they complete, oldest first. */
  add(frames: AlignedFrames): SignatureRow[] {
    if (frames.rowCount === 0) return [];
    if (frames.firstRow !== this.#nextRow) this.#window.push(nothingBefore(frames));
    this.#nextRow = frames.firstRow + frames.rowCount;
    return this.#window.push(frames).map(({ device, endMs, values }) => ({
      device,
      endMs,
      values: signatureOf(values),
    }));
  }
}

/** Rows without values, so that a stretch has signatures from its first second on. */
function nothingBefore(frames: AlignedFrames): AlignedFrames {
  const rowCount = Math.min(CONTEXT_ROWS - 1, frames.firstRow);
  return {
    device: frames.device,
    model: frames.model,
    firstRow: frames.firstRow - rowCount,
    rowCount,
    values: new Float32Array(rowCount * GRID_WIDTH).fill(Number.NaN),
    deltaSumMs: new Float32Array(rowCount),
    deltaMaxMs: new Float32Array(rowCount),
    presentSensors: new Uint8Array(rowCount),
    gravityToRemove: new Uint8Array(rowCount),
  };
}
