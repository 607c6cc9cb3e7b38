import { describe, expect, it } from 'vitest';
import { encodeSensorLogger } from '../../../../src/recordings/simulation/encode-sensor-logger.js';
import { messageOf } from '../../../helpers/sensor-messages.js';

const MESSAGE = messageOf({
  session: 'run',
  sequence: 4,
  blocks: [
    {
      sensor: 'linear-acceleration',
      timesMs: Float64Array.of(1698501144401.773, 1698501144421.773),
      values: Float32Array.of(1, 2, 3, 4, 5, 6),
    },
    { sensor: 'gyroscope', timesMs: Float64Array.of(1698501144410), values: Float32Array.of(0.5, 0, -0.5) },
  ],
});

describe('encodeSensorLogger', () => {
  it('writes what an Android phone sends, in order of time, to the letter', () => {
    expect(encodeSensorLogger(MESSAGE, 'android')).toBe(
      '{"messageId":4,"sessionId":"run","deviceId":"phone","payload":[' +
        '{"name":"accelerometer","time":1698501144401773000,"values":{"z":3,"y":2,"x":1},"accuracy":3},' +
        '{"name":"gyroscope","time":1698501144410000000,"values":{"z":-0.5,"y":0,"x":0.5},"accuracy":3},' +
        '{"name":"accelerometer","time":1698501144421773000,"values":{"z":6,"y":5,"x":4},"accuracy":3}]}',
    );
  });

  it('turns accelerations round for an iPhone and leaves the accuracy out', () => {
    const { payload } = JSON.parse(encodeSensorLogger(MESSAGE, 'ios'));
    expect(payload[0]).toEqual({
      name: 'accelerometer',
      time: 1698501144401773000,
      values: { z: -3, y: -2, x: -1 },
    });
    expect(payload[1].values).toEqual({ z: -0.5, y: 0, x: 0.5 });
  });
});
