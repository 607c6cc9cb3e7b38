import { describe, expect, it } from 'vitest';
import type { RecordedSensor, Recording } from '../../../../../src/domain/recording.js';
import type { SensorKind } from '../../../../../src/domain/samples.js';
import { recordingProblem, selectChannels } from '../../../../../src/training/motion/data/select-channels.js';

function sensor(kind: SensorKind): RecordedSensor {
  const z = kind === 'accelerometer' ? 9.8 : 5;
  const values = Float32Array.of(0, 0, z, 0.1, 0, z);
  const samples = { sensor: kind, timesMs: Float64Array.of(0, 20), values };
  return { name: kind, kind, unit: 'm/s2', gravity: undefined, nominalRateHz: 50, samples };
}

function recording(id: string, kinds: readonly SensorKind[], labelled = true): Recording {
  const label = { fromMs: 0, toMs: 1, activity: null, accompanied: true, conversation: null };
  return {
    id,
    subject: id,
    device: '',
    startMs: 0,
    sensors: kinds.map(sensor),
    labels: labelled ? [label] : [],
  };
}

describe('selectChannels', () => {
  it('takes the sensors of most recordings and leaves out those that lack one', () => {
    const choice = selectChannels(
      [
        recording('a', ['accelerometer', 'gyroscope', 'magnetometer']),
        recording('b', ['accelerometer', 'gyroscope']),
        recording('c', ['accelerometer']),
      ],
      {},
    );
    expect(choice.channels).toEqual(
      ['accelerometer', 'gyroscope'].flatMap((name) => ['x', 'y', 'z'].map((axis) => `${name}.${axis}`)),
    );
    expect(choice.usable.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(choice.skipped).toEqual(['recording "c" has no gyroscope']);
  });

  it('takes gravity as recorded, and any where recordings differ', () => {
    const withGravity = recording('a', ['accelerometer']);
    const without = recording('b', ['linear-acceleration']);
    expect(selectChannels([withGravity], {}).gravity).toBe('included');
    expect(selectChannels([without], {}).gravity).toBe('removed');
    expect(selectChannels([withGravity, without], {}).gravity).toBe('any');
    expect(selectChannels([withGravity, without], { gravity: 'removed' }).gravity).toBe('removed');
  });

  it('leaves out what cannot be true, under the name that is asked for', () => {
    const [wrong, right] = [recording('a', ['accelerometer']), recording('b', ['accelerometer'])];
    wrong.sensors[0]?.samples.values.fill(1);
    const choice = selectChannels([wrong, right], { nameOf: ({ id }) => `${id}/recording.json` });
    expect(choice.usable).toEqual([right]);
    expect(choice.skipped).toEqual(['a/recording.json cannot be used: accelerometer never changes']);
  });

  it('does not mix raw counts with m/s²', () => {
    const recordings = [
      recording('a', ['accelerometer-raw']),
      recording('b', ['accelerometer-raw']),
      recording('c', ['accelerometer']),
    ];
    const raw = selectChannels(recordings, {});
    expect(raw.accelerometerUnit).toBe('adc');
    expect(raw.skipped).toEqual(['recording "c" has an accelerometer in m/s2, not in adc']);
    expect(selectChannels(recordings, { accelerometerUnit: 'm/s2' }).usable.map(({ id }) => id)).toEqual([
      'c',
    ]);
  });

  it('leaves out recordings without labels, and says when nothing is left', () => {
    expect(() => selectChannels([recording('a', ['accelerometer'], false)], {})).toThrow(
      expect.objectContaining({
        code: 'TRAINING_FAILED',
        message: expect.stringContaining('"a" has no labels'),
      }),
    );
  });

  it('leaves out recordings that were worn elsewhere than asked for, and takes silent ones', () => {
    const chest = { ...recording('a', ['accelerometer']), placement: 'chest' as const };
    const wrist = { ...recording('b', ['accelerometer']), placement: 'wrist' as const };
    const silent = recording('c', ['accelerometer']);
    const choice = selectChannels([chest, wrist, silent], { placement: 'chest' });
    expect(choice.usable.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(choice.skipped).toEqual(['recording "b" was worn on the wrist, not on the chest']);
    expect(choice.placement).toBe('chest');
  });

  it('takes the place that all recordings name, and any where they differ or are silent', () => {
    const chest = { ...recording('a', ['accelerometer']), placement: 'chest' as const };
    const wrist = { ...recording('b', ['accelerometer']), placement: 'wrist' as const };
    const silent = recording('c', ['accelerometer']);
    expect(selectChannels([chest, { ...chest, id: 'd' }], {}).placement).toBe('chest');
    expect(selectChannels([chest, wrist], {}).placement).toBe('any');
    expect(selectChannels([chest, silent], {}).placement).toBe('any');
    expect(selectChannels([silent], {}).placement).toBe('any');
    expect(selectChannels([chest, wrist], { placement: 'any' }).usable).toHaveLength(2);
  });
});

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
