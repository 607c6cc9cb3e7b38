import { describe, expect, it } from 'vitest';
import { decodeSensorSpot } from '../../../../src/ingest/decode/sensor-spot.js';
import { accepted, addressed, plain } from './make-raw.js';

const decode = (payload: unknown, topic = 'android/sensor') =>
  decodeSensorSpot(addressed('sensor-spot', payload, { topic }));

const event = (type: string, values: unknown = [1, 2, 3]) => ({
  type,
  timestamp: 3_925_657_519_043_709,
  values,
});

describe(decodeSensorSpot, () => {
  it("decodes the app's own example", () => {
    const { message, ignored } = accepted(
      decode(
        '{"type":"android.sensor.accelerometer","timestamp":3925657519043709,"values":[0.31892395,-0.97802734,10.049896]}',
      ),
    );
    expect(message).toMatchObject({
      device: 'phone-1',
      clock: 'boot',
      clockZeroMs: undefined,
      sequence: undefined,
    });
    expect(plain(message?.blocks)).toEqual({
      accelerometer: { timesMs: [3_925_657_519.043709], values: [0.31892, -0.97803, 10.0499] },
    });
    expect(ignored.size).toBe(0);
  });

  it('ignores and counts GPS', () => {
    const { message, ignored } = accepted(
      decode(
        '{"type":"android.gps","longitude":0,"latitude":0,"altitude":0,"bearing":0,"accuracy":0,"speed":0,"time":1698501144401}',
      ),
    );
    expect([...ignored]).toEqual([['android.gps', 1]]);
    expect(message?.blocks).toEqual([]);
  });

  it.each([
    ['accelerometer', 'accelerometer'],
    ['linear_acceleration', 'linear-acceleration'],
    ['gravity', 'gravity'],
    ['gyroscope', 'gyroscope'],
    ['magnetic_field', 'magnetometer'],
  ])('knows android.sensor.%s as %s', (type, kind) => {
    const { message } = accepted(decode(event(`android.sensor.${type}`)));
    expect(message?.blocks.map(({ sensor }) => sensor)).toEqual([kind]);
  });

  it.each(['android.sensor.light', 'android.sensor.gyroscope_uncalibrated', 'com.vendor.tilt', '__proto__'])(
    'ignores and counts %s',
    (type) => {
      expect([...accepted(decode(event(type, [1]))).ignored]).toEqual([[type, 1]]);
    },
  );

  it("takes the sensor from the topic for SensorServer's events", () => {
    const payload = { accuracy: 2, timestamp: 1_000_000, values: [1, 2, 3] };
    const blocksOf = (topic: string) => plain(accepted(decode(payload, topic)).message?.blocks);
    expect(blocksOf('phones/a/gyroscope')).toEqual({ gyroscope: { timesMs: [1], values: [1, 2, 3] } });
    expect(blocksOf('a/android.sensor.gravity')).toEqual({ gravity: { timesMs: [1], values: [1, 2, 3] } });
    expect([...accepted(decode(payload, 'phones/a/light')).ignored]).toEqual([['light', 1]]);
  });

  it('takes an array of events, and numbers as strings', () => {
    const second = { type: 'android.sensor.gyroscope', timestamp: '2000000', values: ['0.5', 0, 0, 9, 9, 9] };
    const { message, invalidSamples } = accepted(decode([event('android.sensor.gravity'), second, 'noise']));
    expect(plain(message?.blocks)).toMatchObject({ gyroscope: { timesMs: [2], values: [0.5, 0, 0] } });
    expect(invalidSamples).toBe(1);
  });

  it.each([[[1, 2]], [[1, 2, null]], [['x', 2, 3]], [[]]])(
    'counts values %j as an invalid sample',
    (values) => {
      const { message, invalidSamples } = accepted(decode(event('android.sensor.gyroscope', values)));
      expect([message?.blocks.length, invalidSamples]).toEqual([0, 1]);
    },
  );

  it.each([
    ['{}'],
    ['[]'],
    ['[[]]'],
    ['null'],
    ['{"type":"android.sensor.gyroscope","timestamp":1}'],
    ['{"type":7,"timestamp":1}'],
    ['{"type":"android.sensor.gyroscope","timestamp":1,"values":{"0":1}}'],
  ])('refuses %s', (payload) => {
    expect(decode(payload)).toMatchObject({ ok: false, reason: 'wrong-shape' });
  });
});
