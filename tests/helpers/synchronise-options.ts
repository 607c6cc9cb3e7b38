import type { SynchroniseOptions } from '../../src/stream/synchronise/device-aligner.js';
import type { GridSpec } from '../../src/stream/synchronise/grid-spec.js';

export const SYNCHRONISE: SynchroniseOptions = {
  toleranceMs: 50,
  latenessMs: 2000,
  gapWaitMs: 5000,
  futureMs: 10_000,
  earliestMs: Date.parse('2000-01-01T00:00:00Z'),
  maxRateHz: 2000,
  maxBufferedSamples: 65_536,
};

export function gridOf(overrides: Partial<GridSpec> = {}): GridSpec {
  return {
    model: 'model',
    channels: ['accelerometer.x', 'gyroscope.y'],
    gravity: 'included',
    accelerometerUnit: 'm/s2',
    samplingRateHz: 50,
    maxGapRows: 128,
    window: { rows: 128, strideRows: 64 },
    ...overrides,
  };
}
