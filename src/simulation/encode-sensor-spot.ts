import type { SensorMessage } from '../domain/samples.js';
import { AXIS_COUNT, type SensorKind } from '../domain/sensor.js';

const TYPES: Readonly<Partial<Record<SensorKind, string>>> = {
  accelerometer: 'android.sensor.accelerometer',
  'linear-acceleration': 'android.sensor.linear_acceleration',
  gravity: 'android.sensor.gravity',
  gyroscope: 'android.sensor.gyroscope',
  magnetometer: 'android.sensor.magnetic_field',
};

const NS_PER_MS = 1e6;

interface SensorEvent {
  readonly type: string;
  readonly timestamp: number;
  readonly values: readonly number[];
}

/**
 * Writes a message as SensorSpot sends it: one payload a sample, in order of time, nanoseconds since boot.
 * Source: SensorSpot's own code; the message's times must count from boot.
 */
export function encodeSensorSpot({ blocks }: SensorMessage): string[] {
  const events = blocks.flatMap(({ sensor, timesMs, values }) => {
    const type = TYPES[sensor];
    if (type === undefined) return [];
    return Array.from(timesMs, (timeMs, index): SensorEvent => {
      const reading = values.subarray(index * AXIS_COUNT, (index + 1) * AXIS_COUNT);
      return { type, timestamp: Math.round(timeMs * NS_PER_MS), values: Array.from(reading) };
    });
  });
  return events.sort((a, b) => a.timestamp - b.timestamp).map((event) => JSON.stringify(event));
}
