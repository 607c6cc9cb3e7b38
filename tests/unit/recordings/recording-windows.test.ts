import { describe, expect, it } from 'vitest';
import type { Recording } from '../../../src/domain/recording.js';
import { listRecordings, readRecording } from '../../../src/recordings/read-recording.js';
import { wholeRecordingSpec, windowsOfRecording } from '../../../src/recordings/recording-windows.js';
import { deviceId } from '../../helpers/sensor-messages.js';
import { describeWithShared } from '../../helpers/shared-data.js';
import { SYNCHRONISE } from '../../helpers/synchronise-options.js';

const SHAPE = { samplingRateHz: 50, sizeSamples: 128, strideSamples: 64 };

/** The windows in their plainest form: for each row a search through all samples. */
function bruteForceRow(recording: Recording, timeMs: number): number[] {
  return recording.sensors.flatMap(({ samples }) => {
    let best = 0;
    for (let index = 1; index < samples.timesMs.length; index++) {
      const isNearer =
        Math.abs((samples.timesMs[index] ?? 0) - timeMs) < Math.abs((samples.timesMs[best] ?? 0) - timeMs);
      if (isNearer) best = index;
    }
    const isPresent = Math.abs((samples.timesMs[best] ?? 0) - timeMs) <= SYNCHRONISE.toleranceMs;
    return [0, 1, 2].map((axis) =>
      isPresent ? (samples.values[best * 3 + axis] ?? Number.NaN) : Number.NaN,
    );
  });
}

describeWithShared(`${windowsOfRecording.name} on real phones`, 'data/phone-streams', (data) => {
  it('equals a brute-force nearest search, whatever the app that recorded', async () => {
    for (const path of await listRecordings(data)) {
      const recording = await readRecording(path);
      const windows = [
        ...windowsOfRecording(
          recording,
          deviceId('phone'),
          0,
          wholeRecordingSpec(recording, SHAPE),
          SYNCHRONISE,
        ),
      ];
      const lastMs = Math.min(...recording.sensors.map(({ samples }) => samples.timesMs.at(-1) ?? 0));
      expect(windows.length).toBe(
        Math.floor((lastMs / 20 - 127) / 64) + 1 - (windows[0]?.startMs ?? 0) / 1280,
      );
      const width = recording.sensors.length * 3;
      for (const window of [windows[0], windows[Math.floor(windows.length / 2)], windows.at(-1)]) {
        for (const row of [0, 127]) {
          const values = Array.from(window?.values.subarray(row * width, (row + 1) * width) ?? []);
          expect(values).toEqual(bruteForceRow(recording, (window?.startMs ?? 0) + row * 20));
        }
      }
    }
  }, 60_000);

  it('moves with the start, by whole rows', async () => {
    const [path] = await listRecordings(data);
    const recording = await readRecording(path ?? '');
    const spec = wholeRecordingSpec(recording, SHAPE);
    const stride = 64 * 20;
    const at = (startMs: number) => [
      ...windowsOfRecording(recording, deviceId('phone'), startMs, spec, SYNCHRONISE),
    ];
    const later = at(1_700_000_000_000 - (1_700_000_000_000 % stride));
    for (const [index, window] of at(0).entries()) expect(window.values).toEqual(later[index]?.values);
  }, 60_000);
});

describe(windowsOfRecording, () => {
  const recording: Recording = {
    id: 'made',
    subject: 'one',
    device: 'test',
    startMs: 0,
    sensors: [
      {
        name: 'accelerometer',
        kind: 'accelerometer',
        unit: 'g',
        gravity: true,
        nominalRateHz: 50,
        samples: {
          sensor: 'accelerometer',
          timesMs: Float64Array.from({ length: 300 }, (_, index) => index * 20),
          values: new Float32Array(900).fill(1),
        },
      },
    ],
    labels: [],
  };
  const spec = { ...wholeRecordingSpec(recording, SHAPE), name: 'model' };

  it('keeps recorded units, or turns them into SI for a model', () => {
    const first = (units: 'recorded' | 'si') =>
      windowsOfRecording(recording, deviceId('phone'), 0, { ...spec, units }, SYNCHRONISE).next().value
        ?.values[0];
    expect(first('recorded')).toBe(1);
    expect(first('si')).toBeCloseTo(9.80665, 5);
  });

  it('gives what is missing as missing: a model’s channel that was not recorded', () => {
    const channels = ['accelerometer.x', 'gyroscope.x'];
    const [window] = windowsOfRecording(recording, deviceId('phone'), 0, { ...spec, channels }, SYNCHRONISE);
    expect(window?.coverage).toBe(0.5);
    expect(window?.values[1]).toBeNaN();
  });
});
