import { COMPANY_GRID, GRID_RATE_HZ, GRID_WIDTH } from '../../../src/company/signature-grid.js';
import { parseDeviceId } from '../../../src/domain/ids.js';
import type { AlignedFrames } from '../../../src/domain/window.js';

export const BEN = idOf('ben');

export function idOf(name: string) {
  const id = parseDeviceId(name);
  if (id === undefined) throw new Error(`${name} is no device's name`);
  return id;
}

/** Somebody who walks and turns, as rows of the company grid: gravity on z, two steps a second, a slow turn. */
export function walkingRows(firstRow: number, rowCount: number): Float32Array {
  const rows = new Float32Array(rowCount * GRID_WIDTH);
  for (let index = 0; index < rowCount; index++) {
    const s = (firstRow + index) / GRID_RATE_HZ;
    const step = 2 * Math.sin(2 * Math.PI * 2 * s);
    rows.set([0.5 * Math.cos(7 * s), 0.3 * Math.sin(3 * s), 9.81 + step], index * GRID_WIDTH);
    rows.set([0.1 * Math.sin(9 * s), 0.2 * Math.cos(5 * s), Math.sin(s)], index * GRID_WIDTH + 3);
    rows.set([20 * Math.cos(s), 20 * Math.sin(s), -40], index * GRID_WIDTH + 6);
  }
  return rows;
}

export function framesOf(firstRow: number, values: Float32Array, device = BEN): AlignedFrames {
  const rowCount = values.length / GRID_WIDTH;
  return {
    device,
    model: COMPANY_GRID.model,
    firstRow,
    rowCount,
    values,
    deltaSumMs: new Float32Array(rowCount),
    deltaMaxMs: new Float32Array(rowCount),
    presentSensors: new Uint8Array(rowCount).fill(3),
    gravityToRemove: new Uint8Array(rowCount),
  };
}
