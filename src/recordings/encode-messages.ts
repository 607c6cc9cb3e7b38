import {
  AXES,
  AXIS_COUNT,
  type SampleBlock,
  type SensorKind,
  type SensorMessage,
  STANDARD_GRAVITY,
} from '../domain/samples.js';
import { writeCbor } from '../shared/cbor.js';
import { shortestFloat } from './sensor-csv.js';

/** What of a message is sent; the receiver knows the rest. */
type EncodableMessage = Pick<SensorMessage, 'blocks'> &
  Partial<Pick<SensorMessage, 'clock' | 'clockZeroMs' | 'session' | 'sequence'>>;

/**
 * Writes a message in the gateway's own format (see `decodeAlongside`) as JSON, in SI units: decoding the text gives the same
 * times and the same 32-bit values. At most one block a sensor.
 */
export function encodeAlongside(message: EncodableMessage): string {
  return JSON.stringify(documentOf(message, encodeBlock));
}

/** The same as CBOR: a third of the bytes, and read without making text of numbers. */
export function encodeAlongsideCbor(message: EncodableMessage): Uint8Array {
  return writeCbor(documentOf(message, columnsOf));
}

function documentOf<Columns>(message: EncodableMessage, encode: (block: SampleBlock) => Columns) {
  const { session, sequence, clock = 'epoch', clockZeroMs } = message;
  return {
    session,
    sequence,
    clock: clock === 'epoch' ? undefined : clock,
    clockZeroMs,
    sensors: Object.fromEntries(message.blocks.map((block) => [block.sensor, encode(block)])),
  };
}

function encodeBlock({ timesMs, values }: SampleBlock): Record<string, number[]> {
  const axes = AXES.map((axis, offset) => [axis, column(values, offset)] as const);
  return { timeMs: Array.from(timesMs), ...Object.fromEntries(axes) };
}

function column(values: Float32Array, offset: number): number[] {
  const numbers: number[] = [];
  for (let at = offset; at < values.length; at += AXIS_COUNT)
    numbers.push(shortestFloat(values[at] ?? Number.NaN));
  return numbers;
}

function columnsOf({ timesMs, values }: SampleBlock): Record<string, Float32Array | Float64Array> {
  const axes = AXES.map((axis, offset) => {
    return [
      axis,
      Float32Array.from(timesMs, (_, index) => values[index * AXIS_COUNT + offset] ?? Number.NaN),
    ];
  });
  return { timeMs: timesMs, ...Object.fromEntries(axes) };
}

export type Platform = 'android' | 'ios';

interface WireSensor {
  readonly name: string;
  /** What turns Android's values into those of an iPhone left to itself. */
  readonly iosScale: number;
}

const WIRE_SENSORS: Readonly<Partial<Record<SensorKind, WireSensor>>> = {
  'linear-acceleration': { name: 'accelerometer', iosScale: -1 },
  accelerometer: { name: 'accelerometeruncalibrated', iosScale: -1 / STANDARD_GRAVITY },
  gravity: { name: 'gravity', iosScale: -1 },
  gyroscope: { name: 'gyroscope', iosScale: 1 },
  magnetometer: { name: 'magnetometer', iosScale: 1 },
};

/** What Android reports for a sensor that works well. */
const HIGH_ACCURACY = 3;
const NS_PER_MS = 1e6;

interface Entry {
  readonly name: string;
  readonly time: number;
  readonly values: { readonly z: number; readonly y: number; readonly x: number };
  readonly accuracy?: number;
}

/**
 * Writes a message as the app Sensor Logger sends it over HTTP or MQTT: entries of all sensors in order of time, axes in
 * the order z, y, x, epoch nanoseconds beyond 2^53, `accuracy` on Android only, opposite signs on an iPhone.
 * Source: PUSHING.md, UNITS.md of the app.
 */
export function encodeSensorLogger(message: SensorMessage, platform: Platform): string {
  const payload = message.blocks.flatMap((block) => entriesOf(block, platform));
  payload.sort((a, b) => a.time - b.time);
  return JSON.stringify({
    messageId: message.sequence,
    sessionId: message.session,
    deviceId: message.device,
    payload,
  });
}

function entriesOf({ sensor, timesMs, values }: SampleBlock, platform: Platform): Entry[] {
  const wire = WIRE_SENSORS[sensor];
  if (wire === undefined) return [];
  const { name } = wire;
  const scale = platform === 'ios' ? wire.iosScale : 1;
  const valueAt = (at: number): number => (values[at] ?? 0) * scale;
  return Array.from(timesMs, (timeMs, index) => {
    const at = index * AXIS_COUNT;
    const entry = {
      name,
      time: Math.round(timeMs * NS_PER_MS),
      values: { z: valueAt(at + 2), y: valueAt(at + 1), x: valueAt(at) },
    };
    return platform === 'android' ? { ...entry, accuracy: HIGH_ACCURACY } : entry;
  });
}
