import { describe, expect, it } from 'vitest';
import {
  SensorLoggerContent,
  WIRE_SENSOR_NAMES,
} from '../../../../src/ingest/decode/sensor-logger-content.js';

/** A content with one sample (1, 2, 3) of each sensor named. */
function contentWith(...names: string[]): SensorLoggerContent {
  const content = new SensorLoggerContent();
  for (const name of names) content.builderOf(WIRE_SENSOR_NAMES.indexOf(name)).add(1000, 1, 2, 3);
  return content;
}

const G = 9.80665;

describe(SensorLoggerContent, () => {
  it.each([
    ['accelerometer', 'linear-acceleration', [1, 2, 3], [-1, -2, -3]],
    ['gravity', 'gravity', [1, 2, 3], [-1, -2, -3]],
    ['totalacceleration', 'accelerometer', [1, 2, 3], [-1, -2, -3]],
    ['accelerometeruncalibrated', 'accelerometer', [1, 2, 3], [-G, -2 * G, -3 * G]],
    ['gyroscope', 'gyroscope', [1, 2, 3], [1, 2, 3]],
    ['gyroscopeuncalibrated', 'gyroscope', [1, 2, 3], [1, 2, 3]],
    ['magnetometer', 'magnetometer', [1, 2, 3], [1, 2, 3]],
    ['magnetometeruncalibrated', 'magnetometer', [1, 2, 3], [1, 2, 3]],
  ])('makes of %s a block of %s, on both platforms', (name, kind, android, ios) => {
    const [fromAndroid] = contentWith(name).build('android');
    const [fromIos] = contentWith(name).build('ios');
    expect([fromAndroid?.sensor, fromIos?.sensor]).toEqual([kind, kind]);
    expect([...(fromAndroid?.values ?? [])]).toEqual(android);
    expect([...(fromIos?.values ?? [])]).toEqual(ios.map(Math.fround));
  });

  it('ignores an uncalibrated stream beside the calibrated one, whichever came first', () => {
    const content = contentWith('gyroscopeuncalibrated', 'gyroscope', 'accelerometeruncalibrated');
    expect(content.build('android').map(({ sensor }) => sensor)).toEqual(['gyroscope', 'accelerometer']);
    expect([...content.ignored.counts]).toEqual([['gyroscopeuncalibrated', 1]]);
  });

  it('finds evidence for the platform in accuracy before it looks at gravity', () => {
    const rest = new SensorLoggerContent();
    rest.builderOf(WIRE_SENSOR_NAMES.indexOf('accelerometeruncalibrated')).add(1, 0, 0, -1);
    expect(rest.platformSign()).toEqual({ name: 'ios', isProof: false });
    rest.hasAccuracy = true;
    expect(rest.platformSign()).toEqual({ name: 'android', isProof: true });
    expect(contentWith('gravity').platformSign()).toBeUndefined();
  });

  it.each([
    ['hectopascals of a phone', 994.28662109375],
    ['kilopascals of a watch', 99.428662109375],
  ])('gives air pressure in pascals, from %s, on both platforms', (_, pressure) => {
    for (const platform of ['android', 'ios'] as const) {
      const content = new SensorLoggerContent();
      content.addPressure(1000, pressure);
      const [block] = content.build(platform);
      expect(block).toMatchObject({ sensor: 'barometer', timesMs: Float64Array.of(1000) });
      expect(block?.values[0]).toBeCloseTo(99_428.66, 1);
      expect([...(block?.values.subarray(1) ?? [])]).toEqual([0, 0]);
    }
  });

  it('ignores air pressure that nobody uses, whether it is a number or not', () => {
    const content = contentWith('gyroscope');
    content.addPressure(1000, 994);
    content.addPressure(1000, Number.NaN);
    expect(content.build('android', false).map(({ sensor }) => sensor)).toEqual(['gyroscope']);
    expect([...content.ignored.counts]).toEqual([['barometer', 2]]);
    expect(content.invalidSamples).toBe(0);
  });

  it('counts invalid samples and broken entries together', () => {
    const content = contentWith('gyroscope');
    content.builderOf(0).add(Number.NaN, 0, 0, 0);
    content.brokenEntries = 2;
    expect(content.invalidSamples).toBe(3);
    expect(content.build('android').map(({ sensor }) => sensor)).toEqual(['gyroscope']);
  });
});
