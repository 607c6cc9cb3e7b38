import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SensorKind } from '../../../../src/domain/samples.js';
import { INTERPOLATIONS, type Interpolation } from '../../../../src/domain/window.js';
import { GridAligner } from '../../../../src/stream/synchronise/grid-aligner.js';
import { SampleBuffer } from '../../../../src/stream/synchronise/sample-buffer.js';
import { deviceId } from '../../../helpers/sensor-messages.js';
import { gridOf } from '../../../helpers/synchronise-options.js';

const TOLERANCE_MS = 50;
const PERIOD_MS = 20;

interface Row {
  readonly atMs: number;
  readonly value: number;
  readonly meanMs: number;
  readonly maxMs: number;
}

/** Rows of a stream whose value is its time. */
function align(timesMs: readonly number[], interpolation: Interpolation): Row[] {
  const grid = { ...gridOf(), channels: ['accelerometer.x'], samplingRateHz: 1000 / PERIOD_MS };
  const aligner = new GridAligner(grid, { toleranceMs: TOLERANCE_MS, interpolation });
  const buffer = new SampleBuffer({ maxSamples: 10_000, maxRateHz: 2000 });
  for (const timeMs of timesMs) buffer.insert(timeMs, Float32Array.of(timeMs, 0, 0), 0, 0);
  const buffers = new Map<SensorKind, SampleBuffer>([['accelerometer', buffer]]);
  return aligner.advance(deviceId('phone'), buffers, timesMs.at(-1) ?? 0).flatMap((block) =>
    Array.from({ length: block.rowCount }, (_, index) => ({
      atMs: (block.firstRow + index) * PERIOD_MS,
      value: block.values[index] ?? Number.NaN,
      meanMs: block.deltaSumMs[index] ?? Number.NaN,
      maxMs: block.deltaMaxMs[index] ?? Number.NaN,
    })),
  );
}

const valueAt = (rows: readonly Row[], atMs: number): Row | undefined =>
  rows.find((row) => row.atMs === atMs);

describe(GridAligner, () => {
  it('takes the nearest sample, the earlier one at ties', () => {
    const rows = align([0, 15, 25, 41, 60], 'nearest');
    expect(valueAt(rows, 20)).toEqual({ atMs: 20, value: 15, meanMs: 5, maxMs: 5 });
    expect(valueAt(rows, 40)?.value).toBe(41);
  });

  it('begins with a row exactly at the first sample, and ends with one exactly at the time that is closed', () => {
    for (const interpolation of INTERPOLATIONS) {
      const rows = align([40, 60, 80], interpolation);
      expect(rows.map(({ atMs, value, maxMs }) => [atMs, value, maxMs])).toEqual([
        [40, 40, 0],
        [60, 60, 0],
        [80, 80, 0],
      ]);
    }
  });

  it('begins the next stretch with a row exactly at its first sample', () => {
    const rows = align([0, 20, 10_000, 10_020], 'nearest');
    expect(rows.map(({ atMs }) => atMs)).toEqual([0, 20, 40, 60, 10_000, 10_020]);
  });

  it('takes a sample that is as far away as may be, and none farther', () => {
    const lastMs = 4 * PERIOD_MS - TOLERANCE_MS;
    for (const interpolation of ['nearest', 'previous'] as const) {
      const rows = align([0, lastMs, 10_000], interpolation).filter(({ atMs }) => atMs < 10_000);
      expect(rows.at(-1)).toMatchObject({ atMs: 4 * PERIOD_MS, value: lastMs, maxMs: TOLERANCE_MS });
    }
  });

  it('takes the last sample before a row', () => {
    const rows = align([0, 15, 25, 41, 60], 'previous');
    expect(valueAt(rows, 20)?.value).toBe(15);
    expect(valueAt(rows, 40)).toEqual({ atMs: 40, value: 25, meanMs: 15, maxMs: 15 });
    expect(valueAt(rows, 60)).toEqual({ atMs: 60, value: 60, meanMs: 0, maxMs: 0 });
  });

  it('draws a line between the samples on both sides, and tells how far both are', () => {
    const rows = align([0, 16, 26, 60], 'linear');
    expect(valueAt(rows, 20)?.value).toBeCloseTo(20, 4);
    expect(valueAt(rows, 20)?.meanMs).toBeCloseTo(4 * 0.6 + 6 * 0.4, 4);
    expect(valueAt(rows, 20)?.maxMs).toBe(6);
    expect(valueAt(rows, 0)).toEqual({ atMs: 0, value: 0, meanMs: 0, maxMs: 0 });
  });

  it('draws no line over a hole, and invents nothing in it', () => {
    const rows = align([0, 20, 200, 220], 'linear');
    expect(valueAt(rows, 60)).toMatchObject({ value: 20, maxMs: 40 });
    expect(valueAt(rows, 100)?.value).toBeNaN();
    expect(valueAt(rows, 160)).toMatchObject({ value: 200, maxMs: 40 });
    const before = align([0, 20, 200, 220], 'previous');
    expect(valueAt(before, 60)?.value).toBe(20);
    expect(valueAt(before, 160)?.value).toBeNaN();
  });

  it('says truly how far a row’s samples are, by every interpolation', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 5, maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.constantFrom(...INTERPOLATIONS), (gaps, interpolation) => {
        let timeMs = 0;
        const timesMs = [0, ...gaps.map((gap) => (timeMs += gap))];
        for (const { atMs, value, meanMs, maxMs } of align(timesMs, interpolation)) {
          if (Number.isNaN(value)) continue;
          expect(meanMs).toBeLessThanOrEqual(maxMs + 1e-4);
          expect(maxMs).toBeLessThanOrEqual(TOLERANCE_MS);
          // The value is the time of what was taken.
          expect(Math.abs(value - atMs)).toBeLessThanOrEqual(meanMs + 1e-3);
          if (interpolation !== 'linear') expect(Math.abs(value - atMs)).toBeCloseTo(meanMs, 3);
          if (interpolation === 'previous') expect(value).toBeLessThanOrEqual(atMs);
        }
      }),
    );
  });
});
