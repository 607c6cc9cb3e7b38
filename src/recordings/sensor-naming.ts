import type { SensorKind } from '../domain/sensor.js';

/** How a stream is called and described in a recording that the gateway makes. */
export interface SensorNaming {
  readonly name: string;
  readonly unit: string;
  readonly gravity?: boolean;
}

/** By kind; values are in SI units and Android's convention, as they come out of the decoders. */
export const SENSOR_NAMING: Readonly<Record<SensorKind, SensorNaming>> = {
  accelerometer: { name: 'accelerometer', unit: 'm/s2', gravity: true },
  'linear-acceleration': { name: 'linear-acceleration', unit: 'm/s2', gravity: false },
  gravity: { name: 'gravity', unit: 'm/s2', gravity: true },
  gyroscope: { name: 'gyroscope', unit: 'rad/s' },
  magnetometer: { name: 'magnetometer', unit: 'uT' },
  'accelerometer-raw': { name: 'accelerometer', unit: 'adc', gravity: true },
};
