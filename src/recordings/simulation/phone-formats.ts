import type { DeviceId } from '../../domain/ids.js';
import type { MessageFormat } from '../../domain/message.js';
import type { ClockKind, SensorMessage } from '../../domain/samples.js';
import { encodeDeviceMotion } from '../../simulation/encode-device-motion.js';
import { encodePhyphox } from '../../simulation/encode-phyphox.js';
import { encodeSensorSpot } from '../../simulation/encode-sensor-spot.js';
import { encodeAlongside } from '../encode-alongside.js';
import { encodeSensorLogger, type Platform } from './encode-sensor-logger.js';
import type { SimulatedSensor } from './motion.js';

/** Formats a simulated phone can send in. */
export const PHONE_FORMATS = [
  'alongside',
  'sensor-logger',
  'sensor-spot',
  'phyphox',
  'device-motion',
] as const satisfies readonly MessageFormat[];
export type PhoneFormat = (typeof PHONE_FORMATS)[number];

/** What an app sends, and how. */
export interface PhoneApp {
  readonly clock: ClockKind;
  /** What it sends unless told otherwise. */
  readonly sensors: readonly SimulatedSensor[];
  /** Whether its sensors come with one time for all. */
  readonly sharesTimes: boolean;
  topicOf(device: DeviceId): string;
  /** The payloads that carry a message, in order; most apps need one. */
  encode(message: SensorMessage, platform: Platform): readonly string[];
}

const MODEL_SENSORS = ['accelerometer', 'gyroscope', 'magnetometer'] as const;

export const PHONE_APPS: Readonly<Record<PhoneFormat, PhoneApp>> = {
  alongside: {
    clock: 'epoch',
    sensors: MODEL_SENSORS,
    sharesTimes: false,
    topicOf: (device) => `alongside/${device}/sensors`,
    encode: (message) => [encodeAlongside(message)],
  },
  'sensor-logger': {
    clock: 'epoch',
    sensors: ['linear-acceleration', 'gyroscope', 'magnetometer'],
    sharesTimes: false,
    topicOf: (device) => `sensor-logger/${device}`,
    encode: (message, platform) => [encodeSensorLogger(message, platform)],
  },
  'sensor-spot': {
    clock: 'boot',
    sensors: MODEL_SENSORS,
    sharesTimes: false,
    topicOf: (device) => `sensor-spot/${device}`,
    encode: (message) => encodeSensorSpot(message),
  },
  phyphox: {
    clock: 'experiment',
    sensors: MODEL_SENSORS,
    sharesTimes: false,
    topicOf: (device) => `phyphox/${device}`,
    encode: (message) => [encodePhyphox(message)],
  },
  'device-motion': {
    clock: 'epoch',
    sensors: ['accelerometer', 'linear-acceleration', 'gyroscope'],
    sharesTimes: true,
    topicOf: (device) => `device-motion/${device}`,
    encode: (message, platform) => [encodeDeviceMotion(message, platform)],
  },
};
