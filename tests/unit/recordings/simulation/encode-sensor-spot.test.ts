import { describe, expect, it } from 'vitest';
import { encodeSensorSpot } from '../../../../src/recordings/simulation/phone-formats.js';
import { messageOf } from '../../../helpers/sensor-messages.js';

describe('encodeSensorSpot', () => {
  it('writes one payload a sample, nanoseconds since boot, in order of time', () => {
    const message = messageOf({
      clock: 'boot',
      blocks: [
        {
          sensor: 'accelerometer',
          timesMs: Float64Array.of(1.5, 21),
          values: Float32Array.of(0, 1, 2, 3, 4, 5),
        },
        { sensor: 'magnetometer', timesMs: Float64Array.of(10), values: Float32Array.of(-1, 0, 1) },
      ],
    });
    expect(encodeSensorSpot(message)).toEqual([
      '{"type":"android.sensor.accelerometer","timestamp":1500000,"values":[0,1,2]}',
      '{"type":"android.sensor.magnetic_field","timestamp":10000000,"values":[-1,0,1]}',
      '{"type":"android.sensor.accelerometer","timestamp":21000000,"values":[3,4,5]}',
    ]);
  });
});
