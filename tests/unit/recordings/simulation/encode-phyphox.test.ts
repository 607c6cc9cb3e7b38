import { describe, expect, it } from 'vitest';
import { encodePhyphox } from '../../../../src/recordings/simulation/phone-formats.js';
import { messageOf } from '../../../helpers/sensor-messages.js';

describe('encodePhyphox', () => {
  it('writes a column an axis, seconds since the start, and when that was', () => {
    const message = messageOf({
      clock: 'experiment',
      clockZeroMs: 1698501100100,
      receivedAtMs: 1698501112400,
      blocks: [
        {
          sensor: 'accelerometer',
          timesMs: Float64Array.of(12010, 12020),
          values: Float32Array.of(1, 2, 3, 4, 5, 6),
        },
        { sensor: 'gyroscope', timesMs: Float64Array.of(12015), values: Float32Array.of(7, 8, 9) },
      ],
    });
    expect(JSON.parse(encodePhyphox(message))).toEqual({
      accX: [1, 4],
      accY: [2, 5],
      accZ: [3, 6],
      acc_time: [12.01, 12.02],
      gyrX: [7],
      gyrY: [8],
      gyrZ: [9],
      gyr_time: [12.015],
      time: {
        now: 1698501112.4,
        events: [{ event: 'START', experimentTime: 0, systemTime: 1698501100.1 }],
      },
    });
  });
});
