import type { AlignedFrames } from '../../src/domain/window.js';
import { deviceId } from './sensor-messages.js';

/** Rows of two channels: the row's index, and -1. */
export function framesAt(
  firstRow: number,
  rowCount: number,
  overrides: Partial<AlignedFrames> = {},
): AlignedFrames {
  const values = new Float32Array(rowCount * 2);
  for (let index = 0; index < rowCount; index++) values.set([firstRow + index, -1], index * 2);
  return {
    device: deviceId('phone'),
    model: 'model',
    firstRow,
    rowCount,
    values,
    deltaSumMs: new Float32Array(rowCount),
    deltaMaxMs: new Float32Array(rowCount),
    presentSensors: new Uint8Array(rowCount).fill(1),
    gravityToRemove: new Uint8Array(rowCount),
    ...overrides,
  };
}
