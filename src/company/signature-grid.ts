import { AXES, AXIS_COUNT } from '../domain/samples.js';
import type { GridSpec } from '../stream/synchronise/grid-spec.js';

/** The streams a signature is made of, in the order of their columns. */
const SENSORS = ['accelerometer', 'gyroscope', 'magnetometer'] as const;

export const GRID_RATE_HZ = 20;
/** Rows that a signature looks back at: its own second and three before it, for gravity and cadence. */
export const CONTEXT_ROWS = 4 * GRID_RATE_HZ;
export const GRID_WIDTH = SENSORS.length * AXIS_COUNT;

/** First column of each stream in a row of the grid. */
export const COLUMN_OF = { accelerometer: 0, gyroscope: AXIS_COUNT, magnetometer: 2 * AXIS_COUNT } as const;

/** The grid from which signatures are made, beside those of the models. */
export const COMPANY_GRID: GridSpec = {
  model: 'company',
  channels: SENSORS.flatMap((sensor) => AXES.map((axis) => `${sensor}.${axis}`)),
  gravity: 'preferred',
  accelerometerUnit: 'm/s2',
  samplingRateHz: GRID_RATE_HZ,
  maxGapRows: CONTEXT_ROWS,
  window: { rows: CONTEXT_ROWS, strideRows: GRID_RATE_HZ },
};
