import { describe, expect, it } from 'vitest';
import { recogniseColumns } from '../../../../src/ingest/decode/phyphox.js';

describe(recogniseColumns, () => {
  it.each([
    [['accX', 'accY', 'accZ', 'acc_time'], 'accelerometer'],
    [['AccX', 'AccY', 'AccZ', 'AccT'], 'accelerometer'],
    [['acc_x', 'acc_y', 'acc_z', 't'], 'accelerometer'],
    [['linX', 'linY', 'linZ', 'lin_time'], 'linear-acceleration'],
    [['linearAccelerationX', 'linearAccelerationY', 'linearAccelerationZ', 'time'], 'linear-acceleration'],
    [['gyrX', 'gyrY', 'gyrZ', 'gyr_time'], 'gyroscope'],
    [['gyro.x', 'gyro.y', 'gyro.z', 'gyro.t'], 'gyroscope'],
    [['mag X', 'mag Y', 'mag Z', 'mag time'], 'magnetometer'],
    [['graX', 'graY', 'graZ', 'timestamp'], 'gravity'],
  ])('finds in %j the %s', (keys, sensor) => {
    const [x, y, z, time] = keys;
    expect(recogniseColumns(['illuminance', ...keys])).toEqual([{ sensor, time, x, y, z }]);
  });

  it.each([[['pressure', 'p_time']], [['p', 'p_time']], [['Pressure', 'pressure_time']], [['press', 't']]])(
    'finds in %j the barometer',
    (keys) => {
      const [x, time] = keys;
      expect(recogniseColumns(['illuminance', ...keys])).toEqual([{ sensor: 'barometer', time, x }]);
    },
  );

  it("prefers a sensor's own time to the shared one", () => {
    const [columns] = recogniseColumns(['t', 'gyrX', 'gyrY', 'gyrZ', 'gyr_time']);
    expect(columns?.time).toBe('gyr_time');
  });

  it('finds nothing where a column is missing', () => {
    expect(recogniseColumns(['accX', 'accY', 'acc_time'])).toEqual([]);
    expect(recogniseColumns(['accX', 'accY', 'accZ'])).toEqual([]);
    expect(recogniseColumns(['pressure'])).toEqual([]);
    expect(recogniseColumns(['__proto__', 'constructor'])).toEqual([]);
  });
});
