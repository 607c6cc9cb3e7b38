import { describe, expect, it } from 'vitest';
import type { RecordedSensor, Recording } from '../../../../src/domain/recording.js';
import type { SensorKind } from '../../../../src/domain/samples.js';
import { selectChannels } from '../../../../src/training/motion/select-channels.js';

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
