import type { DeviceId } from '../../domain/ids.js';
import type { MessageFormat } from '../../domain/message.js';
import {
  AXES,
  AXIS_COUNT,
  type ClockKind,
  type SampleBlock,
  type SensorKind,
  type SensorMessage,
} from '../../domain/samples.js';
import {
  encodeAlongside,
  encodeAlongsideCbor,
  encodeSensorLogger,
  type Platform,
} from '../encode-messages.js';
import type { SimulatedSensor } from './motion.js';

const DEGREES_PER_RADIAN = 180 / Math.PI;

type Reading = readonly [number, number, number];

/**
 * Writes a message as a page sends DeviceMotion events: accelerations in m/s², rotation rates in degrees a second,
 * `alpha` about x, `beta` about y, `gamma` about z; Safari's accelerations have the opposite sign.
 * All sensors of the message must have the same times. Source: W3C Device Orientation and Motion.
 */
export function encodeDeviceMotion(message: SensorMessage, platform: Platform): string {
  const sign = platform === 'ios' ? -1 : 1;
  const total = blockOf(message, 'accelerometer');
  const linear = blockOf(message, 'linear-acceleration');
  const rotation = blockOf(message, 'gyroscope');
  const times = (total ?? linear ?? rotation)?.timesMs ?? new Float64Array(0);
  const events = Array.from(times, (timeMs, index) => {
    const [alpha, beta, gamma] = readingOf(rotation, index, DEGREES_PER_RADIAN);
    return {
      timeMs,
      acceleration: vectorOf(readingOf(linear, index, sign)),
      accelerationIncludingGravity: vectorOf(readingOf(total, index, sign)),
      rotationRate: { alpha, beta, gamma },
    };
  });
  return JSON.stringify({ session: message.session, sequence: message.sequence, platform, events });
}

function blockOf(message: SensorMessage, sensor: SensorKind): SampleBlock | undefined {
  return message.blocks.find((block) => block.sensor === sensor);
}

function readingOf(block: SampleBlock | undefined, index: number, scale: number): Reading {
  const valueAt = (axis: number): number => (block?.values[index * AXIS_COUNT + axis] ?? Number.NaN) * scale;
  return [valueAt(0), valueAt(1), valueAt(2)];
}

function vectorOf([x, y, z]: Reading): Readonly<Record<'x' | 'y' | 'z', number>> {
  return { x, y, z };
}

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

/** What a simulated phone can send. */
export const PHONE_FORMATS = [
  'alongside',
  'alongside-cbor',
  'sensor-logger',
  'sensor-spot',
  'phyphox',
  'device-motion',
] as const;
export type PhoneFormat = (typeof PHONE_FORMATS)[number];

/** What an app sends, and how. */
interface PhoneApp {
  /** What the gateway decodes it as. */
  readonly decodedAs: MessageFormat;
  readonly clock: ClockKind;
  /** What it sends unless told otherwise. */
  readonly sensors: readonly SimulatedSensor[];
  /** Whether its sensors come with one time for all. */
  readonly sharesTimes: boolean;
  topicOf(device: DeviceId): string;
  /** The payloads that carry a message, in order; most apps need one. */
  encode(message: SensorMessage, platform: Platform): readonly (string | Buffer)[];
}

const MODEL_SENSORS = ['accelerometer', 'gyroscope', 'magnetometer'] as const;

export const PHONE_APPS: Readonly<Record<PhoneFormat, PhoneApp>> = {
  alongside: {
    decodedAs: 'alongside',
    clock: 'epoch',
    sensors: MODEL_SENSORS,
    sharesTimes: false,
    topicOf: (device) => `alongside/${device}/sensors`,
    encode: (message) => [encodeAlongside(message)],
  },
  'alongside-cbor': {
    decodedAs: 'alongside',
    clock: 'epoch',
    sensors: MODEL_SENSORS,
    sharesTimes: false,
    topicOf: (device) => `alongside/${device}/sensors`,
    encode: (message) => [Buffer.from(encodeAlongsideCbor(message))],
  },
  'sensor-logger': {
    decodedAs: 'sensor-logger',
    clock: 'epoch',
    sensors: ['linear-acceleration', 'gyroscope', 'magnetometer'],
    sharesTimes: false,
    topicOf: (device) => `sensor-logger/${device}`,
    encode: (message, platform) => [encodeSensorLogger(message, platform)],
  },
  'sensor-spot': {
    decodedAs: 'sensor-spot',
    clock: 'boot',
    sensors: MODEL_SENSORS,
    sharesTimes: false,
    topicOf: (device) => `sensor-spot/${device}`,
    encode: (message) => encodeSensorSpot(message),
  },
  phyphox: {
    decodedAs: 'phyphox',
    clock: 'experiment',
    sensors: MODEL_SENSORS,
    sharesTimes: false,
    topicOf: (device) => `phyphox/${device}`,
    encode: (message) => [encodePhyphox(message)],
  },
  'device-motion': {
    decodedAs: 'device-motion',
    clock: 'epoch',
    sensors: ['accelerometer', 'linear-acceleration', 'gyroscope'],
    sharesTimes: true,
    topicOf: (device) => `device-motion/${device}`,
    encode: (message, platform) => [encodeDeviceMotion(message, platform)],
  },
};
