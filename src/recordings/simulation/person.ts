import { createHashRandom, type HashRandom, hash32 } from './random.js';
import { multiply, type Rotation, rotationAbout } from './rotation.js';

export type BodyPosition = 'trouser-pocket' | 'chest-pocket' | 'belt-clip';
const PLACEMENTS: readonly BodyPosition[] = ['trouser-pocket', 'chest-pocket', 'belt-clip'];

/** Errors of one simulated sensor, in its unit. */
export interface SensorErrors {
  readonly noise: number;
  readonly bias: readonly [number, number, number];
}

/**
 * A simulated wearer with their phone: what differs between people and stays the same over a day.
 *
 * Nothing here was measured on anyone. Ranges are chosen so that signals look like those of a phone that is worn, and so
 * that a model must learn the traces of company and talk, not one person's habits.
 */
export interface SimulatedPerson {
  readonly seed: number;
  readonly placement: BodyPosition;
  /** Takes a vector of the body (x forward, y left, z up) to one of the phone (Android's axes). */
  readonly phoneFromBody: Rotation;
  /** Steps a second when walking alone. */
  readonly cadenceHz: number;
  /** Vertical acceleration of a step, m/s². */
  readonly stepAmplitude: number;
  /** Rotation of the trunk with each stride, rad/s. */
  readonly strideTurn: number;
  /** Postural sway when standing, rad/s. */
  readonly sway: number;
  /** How much their arms and trunk move when they talk, rad/s. */
  readonly gesture: number;
  /** Main frequency of their gestures, hertz. */
  readonly gestureHz: number;
  /** How much they nod when they listen, rad/s. */
  readonly nod: number;
  /** How much of the voice reaches the phone, rad/s of rotation and, times two, m/s² of shaking. */
  readonly voice: number;
  /** How much they turn to and from a companion, rad/s. */
  readonly turning: number;
  /** How much a companion slows them down: factor on cadence. */
  readonly companyPace: number;
  /** Mean direction they face, radians from magnetic north. */
  readonly heading: number;
  /** Earth's field where they are, µT: to the magnetic north, and down. */
  readonly field: { readonly north: number; readonly down: number };
  readonly accelerometer: SensorErrors;
  readonly gyroscope: SensorErrors;
  /** The bias includes what their phone and clothes add to the field. */
  readonly magnetometer: SensorErrors;
}

/** Draws a person; the same seed gives the same person. */
export function createPerson(seed: number): SimulatedPerson {
  const random = createHashRandom(hash32(seed, 0x9e85));
  const placement = PLACEMENTS[Math.floor(random.next() * PLACEMENTS.length)] ?? 'belt-clip';
  const voiceReach = placement === 'chest-pocket' ? 1.3 : 1;
  return {
    seed,
    placement,
    phoneFromBody: drawMounting(random),
    cadenceHz: random.between(1.65, 2.1),
    stepAmplitude: random.between(1.2, 2.2),
    strideTurn: random.between(0.12, 0.24),
    sway: random.between(0.01, 0.04),
    gesture: random.between(0.6, 0.95),
    gestureHz: random.between(1.1, 2.2),
    nod: random.between(0.45, 0.75),
    voice: random.between(0.17, 0.27) * voiceReach,
    turning: random.between(0.4, 0.6),
    companyPace: random.between(0.82, 0.94),
    heading: random.between(0, 2 * Math.PI),
    field: { north: random.between(20, 30), down: random.between(30, 45) },
    accelerometer: drawErrors(random, 0.04, 0.1),
    gyroscope: drawErrors(random, 0.008, 0.02),
    magnetometer: drawErrors(random, 0.4, 15),
  };
}

/** Upright or upside down, screen to or from the wearer, and up to 20° askew about each axis. */
function drawMounting(random: HashRandom): Rotation {
  const screenOutwards: Rotation = [0, 1, 0, 0, 0, 1, 1, 0, 0];
  const isUpsideDown = random.next() < 0.5;
  const facesWearer = random.next() < 0.5;
  const mounted = multiply(
    rotationAbout(2, isUpsideDown ? Math.PI : 0),
    multiply(rotationAbout(1, facesWearer ? Math.PI : 0), screenOutwards),
  );
  const askew = (): number => random.between(-0.35, 0.35);
  return multiply(
    rotationAbout(0, askew()),
    multiply(rotationAbout(1, askew()), multiply(rotationAbout(2, askew()), mounted)),
  );
}

function drawErrors(random: HashRandom, noise: number, largestBias: number): SensorErrors {
  const bias = (): number => random.between(-largestBias, largestBias);
  return { noise: noise * random.between(0.7, 1.4), bias: [bias(), bias(), bias()] };
}
