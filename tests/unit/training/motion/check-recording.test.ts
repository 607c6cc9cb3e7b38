import { describe, expect, it } from 'vitest';
import type { RecordedSensor, Recording } from '../../../../src/domain/recording.js';
import { recordingProblem } from '../../../../src/training/motion/check-recording.js';

type Rows = readonly (readonly [number, number, number])[];

function problemOf(kind: RecordedSensor['kind'], unit: string, rows: Rows): string | undefined {
  const sensor: RecordedSensor = {
    name: kind,
    kind,
    unit,
    gravity: undefined,
    nominalRateHz: 50,
    samples: {
      sensor: kind,
      timesMs: Float64Array.from(rows, (_, row) => row * 20),
      values: Float32Array.from(rows.flat()),
    },
  };
  const recording: Recording = {
    id: 'r',
    subject: 's',
    device: '',
    startMs: 0,
    sensors: [sensor],
    labels: [],
  };
  return recordingProblem(recording, new Set([kind]));
}

const still = (x: number, y: number, z: number): Rows => [
  [x, y, z],
  [x * 1.01, y, z],
  [x, y * 1.01, z],
];

describe('recordingProblem', () => {
  it.each<[RecordedSensor['kind'], string, Rows]>([
    ['accelerometer', 'm/s2', still(0.5, 0.5, 9.7)],
    ['accelerometer', 'g', still(0.05, 0.05, 0.99)],
    ['accelerometer-raw', 'adc', still(1900, 2300, 1800)],
    ['linear-acceleration', 'm/s2', still(0.01, 0.02, 0)],
    ['gyroscope', 'rad/s', still(0, 0.01, 0)],
    ['gyroscope', 'rad/s', still(4, 5, 6)],
    ['magnetometer', 'uT', still(20, -30, 25)],
  ])('finds nothing in a %s in %s', (kind, unit, rows) => {
    expect(problemOf(kind, unit, rows)).toBeUndefined();
  });

  it.each<[RecordedSensor['kind'], string, Rows, string]>([
    ['accelerometer', 'm/s2', still(0.1, 0, 1), 'looks like g'],
    ['accelerometer', 'g', still(0.1, 0.1, 9.8), 'another unit than m/s2'],
    ['linear-acceleration', 'm/s2', still(0.1, 0.1, 9.8), 'gravity is included'],
    ['gyroscope', 'rad/s', still(40, 80, 10), 'degrees per second'],
    ['magnetometer', 'uT', still(0.02, 0.03, 0.02), 'millitesla'],
    ['magnetometer', 'uT', still(20_000, 30_000, 20_000), 'nanotesla'],
  ])('tells a %s that says %s and is something else', (kind, unit, rows, looksLike) => {
    expect(problemOf(kind, unit, rows)).toContain(looksLike);
  });

  it('tells sensors that say nothing', () => {
    const [row] = still(0, 0, 9.8);
    if (row === undefined) throw new Error('no row');
    expect(problemOf('accelerometer', 'm/s2', [row, row, row])).toContain('never changes');
    expect(problemOf('accelerometer', 'm/s2', [])).toContain('no readable sample');
    expect(problemOf('accelerometer', 'm/s2', [[Number.NaN, 0, 9.8]])).toContain('no readable sample');
    expect(problemOf('accelerometer', 'm/s2', [row, [0, Number.NEGATIVE_INFINITY, 0]])).toContain('infinite');
  });
});
