import { AXIS_COUNT, type SampleBlock, type SensorKind, STANDARD_GRAVITY } from '../../domain/samples.js';
import { BodyMotion, type MutableVector } from './body-motion.js';
import type { DayPlan } from './day-plan.js';
import type { SensorErrors, SimulatedPerson } from './person.js';
import { hash32, normalAt, uniformAt } from './random.js';
import { rotateInto } from './rotation.js';

/** The streams a simulated phone can give. */
export const SIMULATED_SENSORS = [
  'accelerometer',
  'linear-acceleration',
  'gravity',
  'gyroscope',
  'magnetometer',
] as const satisfies readonly SensorKind[];
export type SimulatedSensor = (typeof SIMULATED_SENSORS)[number];

export interface MotionOptions {
  readonly rateHz: number;
  /** From here sample number 0 of every sensor is counted, epoch milliseconds. */
  readonly startMs: number;
  /** Gives all sensors the same times, as a browser's motion events have. */
  readonly sharesTimes?: boolean;
}

/** The sensors of one simulated phone: any part of their streams on its own, always the same. */
export interface Motion {
  /**
   * The samples of one sensor with times in `[fromMs, toMs)`, epoch milliseconds with at most 3 decimals; SI units in
   * Android's axes. The samples of a range are those of any longer range, cut.
   */
  samples(sensor: SimulatedSensor, fromMs: number, toMs: number): SampleBlock;
}

/** Largest shift of a sample from its place, as a share of the sampling period. */
const JITTER_SHARE = 0.1;
/** Sensors of one phone differ in rate by at most this. */
const RATE_SPREAD = 0.003;

/** Smallest difference a simulated sensor tells, in its unit. */
const RESOLUTION = 1e-4;

/** Sample clock of one sensor: sample `k` lies near `phaseMs + k * periodMs`, jittered by less than half a period. */
interface SampleClock {
  readonly seed: number;
  readonly phaseMs: number;
  readonly periodMs: number;
}

/** Makes the sensor streams of a person who follows a plan; sensors have rates, phases and noise of their own. */
export function createMotion(person: SimulatedPerson, plan: DayPlan, options: MotionOptions): Motion {
  let body: BodyMotion | undefined;
  const bodyAt = (timeMs: number): BodyMotion => {
    if (body === undefined || timeMs < body.stretch.fromMs || timeMs >= body.stretch.toMs) {
      body = new BodyMotion(person, plan.stretchAt(timeMs));
    }
    return body;
  };
  return {
    samples: (sensor, fromMs, toMs) => {
      const { first, timesMs } = timesWithin(sampleClockOf(person, sensor, options), fromMs, toMs);
      const values = new Float32Array(timesMs.length * AXIS_COUNT);
      const errors = errorsOf(person, sensor);
      const noiseSeed = hash32(person.seed, 200 + SIMULATED_SENSORS.indexOf(sensor));
      const reading: MutableVector = [0, 0, 0];
      for (let index = 0; index < timesMs.length; index++) {
        const timeMs = timesMs[index] ?? 0;
        READERS[sensor](bodyAt(timeMs), person, timeMs, reading);
        rotateInto(person.phoneFromBody, reading, values, index * AXIS_COUNT);
        addErrors(errors, noiseSeed, first + index, values, index * AXIS_COUNT);
      }
      return { sensor, timesMs, values };
    },
  };
}

/** What each sensor reads in the body's axes, without errors. */
const READERS: Readonly<
  Record<
    SimulatedSensor,
    (body: BodyMotion, person: SimulatedPerson, timeMs: number, out: MutableVector) => void
  >
> = {
  'linear-acceleration': (body, _person, timeMs, out) => body.accelerationAt(timeMs, out),
  gravity: (body, _person, timeMs, out) => readGravity(body, timeMs, out),
  accelerometer: (body, _person, timeMs, out) => {
    const gravity: MutableVector = [0, 0, 0];
    readGravity(body, timeMs, gravity);
    body.accelerationAt(timeMs, out);
    for (const axis of [0, 1, 2] as const) out[axis] += gravity[axis];
  },
  gyroscope: (body, _person, timeMs, out) => body.ratesAt(timeMs, out),
  magnetometer: (body, person, timeMs, out) => {
    body.anglesAt(timeMs, out);
    const [roll, pitch, yaw] = out;
    out[0] = person.field.north * Math.cos(yaw);
    out[1] = -person.field.north * Math.sin(yaw);
    out[2] = -person.field.down;
    tilt(roll, pitch, out);
  },
};

/** What holds the body against gravity: upwards. */
function readGravity(body: BodyMotion, timeMs: number, out: MutableVector): void {
  body.anglesAt(timeMs, out);
  const [roll, pitch] = out;
  out[0] = 0;
  out[1] = 0;
  out[2] = STANDARD_GRAVITY;
  tilt(roll, pitch, out);
}

/** Takes a vector of the level body to one of the tilted body, for small angles in radians. */
function tilt(roll: number, pitch: number, vector: MutableVector): void {
  const [x, y, z] = vector;
  vector[0] = x - pitch * z;
  vector[1] = y + roll * z;
  vector[2] = z - roll * y + pitch * x;
}

function addErrors(
  errors: SensorErrors,
  seed: number,
  sample: number,
  values: Float32Array,
  at: number,
): void {
  for (let axis = 0; axis < AXIS_COUNT; axis++) {
    const noise = errors.noise * normalAt(seed, sample * AXIS_COUNT + axis);
    const value = (values[at + axis] ?? 0) + (errors.bias[axis] ?? 0) + noise;
    values[at + axis] = Math.round(value / RESOLUTION) * RESOLUTION;
  }
}

const NO_ERRORS: SensorErrors = { noise: 0, bias: [0, 0, 0] };

function errorsOf(person: SimulatedPerson, sensor: SimulatedSensor): SensorErrors {
  if (sensor === 'gyroscope' || sensor === 'magnetometer') return person[sensor];
  return sensor === 'gravity' ? NO_ERRORS : person.accelerometer;
}

function sampleClockOf(
  person: SimulatedPerson,
  sensor: SimulatedSensor,
  options: MotionOptions,
): SampleClock {
  const seed = hash32(person.seed, 100 + (options.sharesTimes ? 0 : SIMULATED_SENSORS.indexOf(sensor)));
  const periodMs = (1000 / options.rateHz) * (1 + RATE_SPREAD * (2 * uniformAt(seed, -1) - 1));
  return { seed, periodMs, phaseMs: options.startMs + periodMs * uniformAt(seed, -2) };
}

function timesWithin(
  clock: SampleClock,
  fromMs: number,
  toMs: number,
): { first: number; timesMs: Float64Array } {
  const times: number[] = [];
  let sample = Math.floor((fromMs - clock.phaseMs) / clock.periodMs) - 1;
  while (timeOf(clock, sample) < fromMs) sample += 1;
  const first = sample;
  for (let timeMs = timeOf(clock, sample); timeMs < toMs; timeMs = timeOf(clock, sample)) {
    times.push(timeMs);
    sample += 1;
  }
  return { first, timesMs: Float64Array.from(times) };
}

function timeOf({ seed, phaseMs, periodMs }: SampleClock, sample: number): number {
  const jitter = JITTER_SHARE * (2 * uniformAt(hash32(seed, 7), sample) - 1);
  return Math.round((phaseMs + (sample + jitter) * periodMs) * 1000) / 1000;
}
