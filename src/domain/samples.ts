import type { DeviceId } from './ids.js';
import type { Coverage, Repeat } from './message.js';

/**
 * The streams the gateway knows, each with the axes x, y, z in SI units and Android's sign convention
 * (a device at rest, screen up, reads +9.81 m/s² on z).
 *
 * - `accelerometer`: m/s², gravity included (Android TYPE_ACCELEROMETER)
 * - `linear-acceleration`: m/s², gravity removed
 * - `gravity`: m/s²
 * - `gyroscope`: rad/s
 * - `magnetometer`: µT
 * - `accelerometer-raw`: converter counts of an uncalibrated accelerometer, gravity included
 * - `barometer`: air pressure in x, Pa; y and z are 0
 */
export const SENSOR_KINDS = [
  'accelerometer',
  'linear-acceleration',
  'gravity',
  'gyroscope',
  'magnetometer',
  'accelerometer-raw',
  'barometer',
] as const;

export type SensorKind = (typeof SENSOR_KINDS)[number];

export const AXES = ['x', 'y', 'z'] as const;

/** Values a sample has: one an axis. */
export const AXIS_COUNT = AXES.length;

export const PASCALS_PER_HECTOPASCAL = 100;

/** Standard gravity in m/s². */
export const STANDARD_GRAVITY = 9.80665;

/** Samples of one sensor from one message, in the order in which the device sent them. */
export interface SampleBlock {
  readonly sensor: SensorKind;
  /** Time of each sample in milliseconds on the message's {@link ClockKind}. */
  readonly timesMs: Float64Array;
  /** x, y, z of each sample, interleaved: `timesMs.length * 3` values. */
  readonly values: Float32Array;
}

/** What a device's time stamps count from: the epoch, its own boot, or the start of an experiment. */
export type ClockKind = 'epoch' | 'boot' | 'experiment';

/** One decoded message of a device. */
export interface SensorMessage {
  readonly device: DeviceId;
  /** Gateway time of arrival, epoch milliseconds. */
  readonly receivedAtMs: number;
  readonly clock: ClockKind;
  /** Epoch milliseconds of the clock's zero, where the message itself says so (phyphox). */
  readonly clockZeroMs: number | undefined;
  /** Names the run of the app to which `sequence` belongs. */
  readonly session: string | undefined;
  /** Number of the message within its session, rising by one; makes loss and reordering visible. */
  readonly sequence: number | undefined;
  readonly blocks: readonly SampleBlock[];
  /** How it comes from the journal after a restart; absent for a message that has just arrived. */
  readonly recovery?: Coverage;
  /** Absent for a message that its device has just sent, as far as the source can tell. */
  readonly repeat?: Repeat | undefined;
}

/** Where a device is worn. */
export const PLACEMENTS = ['chest', 'pocket', 'wrist', 'hand'] as const;
export type Placement = (typeof PLACEMENTS)[number];

/** What somebody may say of where a device is worn; `any`: now here, now there. */
export const STATED_PLACEMENTS = [...PLACEMENTS, 'any'] as const;
export type StatedPlacement = (typeof STATED_PLACEMENTS)[number];

/** The same, or `assumed` where nobody has said: models speak as if it were worn where they need it. */
export type KnownPlacement = StatedPlacement | 'assumed';
