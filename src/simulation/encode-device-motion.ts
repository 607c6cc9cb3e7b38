import type { SampleBlock, SensorMessage } from '../domain/samples.js';
import { AXIS_COUNT, type SensorKind } from '../domain/sensor.js';
import type { Platform } from '../recordings/simulation/encode-sensor-logger.js';

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
