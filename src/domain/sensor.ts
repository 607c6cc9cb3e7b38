/**
 * The motion streams the gateway knows, each with the axes x, y, z in SI units and Android's sign convention
 * (a device at rest, screen up, reads +9.81 m/s² on z).
 *
 * - `accelerometer`: m/s², gravity included (Android TYPE_ACCELEROMETER)
 * - `linear-acceleration`: m/s², gravity removed
 * - `gravity`: m/s²
 * - `gyroscope`: rad/s
 * - `magnetometer`: µT
 * - `accelerometer-raw`: converter counts of an uncalibrated accelerometer, gravity included
 */
export const SENSOR_KINDS = [
  'accelerometer',
  'linear-acceleration',
  'gravity',
  'gyroscope',
  'magnetometer',
  'accelerometer-raw',
] as const;

export type SensorKind = (typeof SENSOR_KINDS)[number];

export const AXES = ['x', 'y', 'z'] as const;
export type Axis = (typeof AXES)[number];

/** Values a sample has: one an axis. */
export const AXIS_COUNT = AXES.length;

/** Standard gravity in m/s². */
export const STANDARD_GRAVITY = 9.80665;
