import { AXIS_COUNT, STANDARD_GRAVITY } from '../../../domain/samples.js';
import { createPerson, type SimulatedPerson } from '../person.js';
import { createHashRandom, hash32, normalAt, smoothNormalAt, uniformAt } from '../random.js';
import { rotateInto } from '../rotation.js';
import type { Follower, Route } from './route.js';

/** A person with a phone who follows routes in their own way: nothing here was measured on anyone. */
export interface Companion {
  readonly person: SimulatedPerson;
  readonly rateHz: number;
  /** How far the phone's clock is ahead, milliseconds. */
  readonly clockAheadMs: number;
  /** How long after the first of a group this one passes by, seconds. */
  readonly behindSeconds: number;
  /** How much the phone swings to and fro with each stride, rad/s. */
  readonly swing: number;
  /** How much of a turn of the body the phone takes part in. */
  readonly turnShare: number;
  readonly follower: Follower;
}

/** What a phone reads at one moment, in its own axes. */
export interface Reading {
  readonly accelerometer: Float64Array;
  readonly gyroscope: Float64Array;
  readonly magnetometer: Float64Array;
}

const CLOCK_ERROR_MS = 1000;
const FURTHEST_BEHIND_SECONDS = 3;
const JITTER_SECONDS = 0.4;
const RATES_HZ = [20, 25, 50, 100] as const;
const TWO_PI = 2 * Math.PI;
/** In each cell of time a person may do something of their own, once. */
const OWN_CELL_SECONDS = 15;
const OWN_TURN_SHARE = 0.25;
const FIDGET_SHARE = 0.15;
const OWN_FIELD = 5;
const OWN_FIELD_SECONDS = 2.5;

/** Draws a person; the same seed gives the same one. */
export function createCompanion(seed: number): Companion {
  const random = createHashRandom(hash32(seed, 0xc0));
  return {
    person: createPerson(seed),
    rateHz: RATES_HZ[Math.floor(random.next() * RATES_HZ.length)] ?? 50,
    clockAheadMs: random.between(-CLOCK_ERROR_MS, CLOCK_ERROR_MS),
    behindSeconds: random.between(0, FURTHEST_BEHIND_SECONDS),
    swing: random.between(0.1, 0.8),
    turnShare: random.between(0.8, 1.2),
    follower: { seed: hash32(seed, 0xf0), jitterSeconds: JITTER_SECONDS },
  };
}

/**
 * What a companion's phone reads while its owner follows a route.
 *
 * @param s seconds since the route began
 * @param sample number of the sample, for noise
 */
export function readPhone(companion: Companion, route: Route, s: number, sample: number, out: Reading): void {
  const { person, follower } = companion;
  const isRiding = route.activityAt(s) === 'riding';
  const here = isRiding ? s : s - companion.behindSeconds;
  const body = new Body(companion, route, here, s);
  const turn = body.turn();
  const fidget = body.fidget();
  const { accelerometer, gyroscope, magnetometer } = person;
  const { phoneFromBody } = person;
  const pull = STANDARD_GRAVITY + body.up() + fidget;
  rotateInto(phoneFromBody, [body.forward(), body.left(turn), pull], out.accelerometer);
  const turning = [fidget + body.sway(1), body.sway(2) - fidget, turn + fidget / 2] as const;
  rotateInto(phoneFromBody, turning, out.gyroscope);
  const { north, down } = person.field;
  rotateInto(phoneFromBody, [north, 0, -down - route.fieldAt(here) - body.ownField()], out.magnetometer);
  addErrors(out.accelerometer, accelerometer, hash32(follower.seed, 1), sample);
  addErrors(out.gyroscope, gyroscope, hash32(follower.seed, 2), sample);
  addErrors(out.magnetometer, magnetometer, hash32(follower.seed, 3), sample);
}

/** One person at one moment. */
class Body {
  readonly #companion: Companion;
  readonly #route: Route;
  readonly #here: number;
  readonly #s: number;
  /** Where in the stride, radians; NaN where nobody walks. */
  readonly #steps: number;

  constructor(companion: Companion, route: Route, here: number, s: number) {
    this.#companion = companion;
    this.#route = route;
    this.#here = here;
    this.#s = s;
    const isWalking = route.activityAt(here) === 'walking';
    this.#steps = isWalking
      ? TWO_PI * companion.person.cadenceHz * s + 2 * (route.paceAt(here) - 1) * 30
      : Number.NaN;
  }

  turn(): number {
    const { turnShare, follower, swing } = this.#companion;
    const stride = Number.isNaN(this.#steps) ? 0 : swing * Math.sin(this.#steps / 2);
    return turnShare * this.#route.turnAt(this.#here, follower) + stride + this.#ownTurn();
  }

  forward(): number {
    const gait = Number.isNaN(this.#steps) ? 0 : 0.4 * this.#stepSize() * Math.cos(this.#steps + 1);
    return gait + this.#route.pushAt(this.#here, this.#companion.follower);
  }

  left(turn: number): number {
    return this.#route.activityAt(this.#here) === 'riding' ? 6 * turn : 0.3 * turn;
  }

  up(): number {
    const bump = this.#route.bumpAt(this.#here);
    if (Number.isNaN(this.#steps)) return bump;
    return this.#stepSize() * (Math.sin(this.#steps) + 0.4 * Math.sin(2 * this.#steps + 0.7));
  }

  sway(kind: number): number {
    const { person, swing } = this.#companion;
    if (!Number.isNaN(this.#steps)) return swing * 0.6 * Math.sin(this.#steps / kind + kind);
    return person.sway * Math.sin(TWO_PI * (0.2 + 0.1 * kind) * this.#s + person.seed);
  }

  /** Shakes the phone for a second now and then. */
  fidget(): number {
    const { seed } = this.#companion.follower;
    const cell = Math.floor(this.#s / OWN_CELL_SECONDS);
    const since = this.#s - cell * OWN_CELL_SECONDS - 10 * uniformAt(hash32(seed, 4), cell);
    if (uniformAt(hash32(seed, 5), cell) >= FIDGET_SHARE || since < 0 || since > 1.5) return 0;
    return Math.sin(Math.PI * (since / 1.5)) * Math.sin(TWO_PI * 2.7 * since);
  }

  /** Looks aside and back. */
  #ownTurn(): number {
    const { seed } = this.#companion.follower;
    const cell = Math.floor(this.#s / OWN_CELL_SECONDS);
    const since = this.#s - cell * OWN_CELL_SECONDS - 10 * uniformAt(hash32(seed, 6), cell);
    if (uniformAt(hash32(seed, 7), cell) >= OWN_TURN_SHARE || since < 0 || since > 3) return 0;
    return (uniformAt(hash32(seed, 8), cell) - 0.5) * 2 * Math.sin((TWO_PI * since) / 3);
  }

  /** What the phone meets of steel that the others pass at an arm's length, µT. */
  ownField(): number {
    const reach = Number.isNaN(this.#steps) ? 0 : OWN_FIELD;
    return reach * smoothNormalAt(hash32(this.#companion.follower.seed, 9), this.#s / OWN_FIELD_SECONDS);
  }

  #stepSize(): number {
    return this.#companion.person.stepAmplitude * this.#route.paceAt(this.#here) ** 2;
  }
}

function addErrors(
  values: Float64Array,
  { bias, noise }: SimulatedPerson['gyroscope'],
  seed: number,
  sample: number,
): void {
  for (let axis = 0; axis < AXIS_COUNT; axis++)
    values[axis] =
      (values[axis] ?? 0) + (bias[axis] ?? 0) + noise * normalAt(seed, sample * AXIS_COUNT + axis);
}
