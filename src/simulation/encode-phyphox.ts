import type { SensorMessage } from '../domain/samples.js';
import { AXES, AXIS_COUNT, type SensorKind } from '../domain/sensor.js';

/** What the experiment calls its sensors. */
const PREFIXES: Readonly<Partial<Record<SensorKind, string>>> = {
  accelerometer: 'acc',
  'linear-acceleration': 'lin',
  gyroscope: 'gyr',
  magnetometer: 'mag',
};

const MS_PER_SECOND = 1000;

/**
 * Writes a message as a phyphox experiment with an `mqtt/json` connection sends it: columns `accX`, `accY`, `accZ`,
 * `acc_time` and so on, seconds since the experiment's start, and a time item that says when that was.
 * Source: phyphox's MqttHelper.java; the message's times must count from the experiment's start.
 */
export function encodePhyphox(message: SensorMessage): string {
  const columns: Record<string, readonly number[]> = {};
  for (const { sensor, timesMs, values } of message.blocks) {
    const prefix = PREFIXES[sensor];
    if (prefix === undefined) continue;
    AXES.forEach((axis, offset) => {
      columns[prefix + axis.toUpperCase()] = Array.from(
        timesMs,
        (_, index) => values[index * AXIS_COUNT + offset] ?? 0,
      );
    });
    columns[`${prefix}_time`] = Array.from(timesMs, (timeMs) => timeMs / MS_PER_SECOND);
  }
  const start = {
    event: 'START',
    experimentTime: 0,
    systemTime: (message.clockZeroMs ?? 0) / MS_PER_SECOND,
  };
  return JSON.stringify({ ...columns, time: { now: message.receivedAtMs / MS_PER_SECOND, events: [start] } });
}
