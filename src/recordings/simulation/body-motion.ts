import type { Stretch } from './day-plan.js';
import { GATES, type Movements, planMovements, type Wave } from './movements.js';
import type { SimulatedPerson } from './person.js';
import { hash32, uniformAt } from './random.js';

/** A vector that is written to: one object for a million samples. */
export type MutableVector = [number, number, number];

const TWO_PI = 2 * Math.PI;
/** Movements set in and die away over this time at the ends of a stretch. */
const RAMP_SECONDS = 0.4;
/** In each cell of time the wearer may fidget once. */
const FIDGET_CELL_SECONDS = 20;
const FIDGET_SECONDS = 1;
const FIDGET_SHARE = 0.12;
/** The wearer turns about slowly whatever they do: rates in radians a second, depths in radians. */
const WANDERING = [
  { frequency: TWO_PI / 61, depth: 0.4 },
  { frequency: TWO_PI / 17, depth: 0.1 },
] as const;

/**
 * How a person moves during one stretch, as pure functions of time.
 *
 * Angles and rates come from the same oscillations, so that gyroscope, gravity and magnetometer tell one story (up to the
 * slow modulations, whose own rates are left out).
 */
export class BodyMotion {
  readonly stretch: Stretch;
  readonly #person: SimulatedPerson;
  readonly #movements: Movements;
  readonly #seconds: number;
  /** How strong the movements of each gate are at the time last asked for. */
  readonly #strengths = new Float64Array(GATES.length);
  readonly #turnTaking: { readonly frequency: number; readonly phase: number };

  constructor(person: SimulatedPerson, stretch: Stretch) {
    this.stretch = stretch;
    this.#person = person;
    this.#movements = planMovements(person, stretch);
    this.#seconds = (stretch.toMs - stretch.fromMs) / 1000;
    this.#turnTaking = {
      frequency: TWO_PI * (0.09 + 0.07 * uniformAt(stretch.seed, 1)),
      phase: TWO_PI * uniformAt(stretch.seed, 2),
    };
  }

  /** Acceleration without gravity along the body's axes, m/s². */
  accelerationAt(timeMs: number, out: MutableVector): void {
    this.#sum(this.#movements.shakes, timeMs, false, out);
  }

  /** Angular rate about the body's axes, rad/s. */
  ratesAt(timeMs: number, out: MutableVector): void {
    this.#sum(this.#movements.turns, timeMs, false, out);
    for (const { frequency, depth } of WANDERING) {
      out[2] += frequency * depth * Math.cos((frequency * timeMs) / 1000);
    }
  }

  /** Roll and pitch (small), and yaw from magnetic north, radians. */
  anglesAt(timeMs: number, out: MutableVector): void {
    this.#sum(this.#movements.turns, timeMs, true, out);
    out[2] += this.#person.heading;
    for (const { frequency, depth } of WANDERING) out[2] += depth * Math.sin((frequency * timeMs) / 1000);
  }

  #sum(waves: readonly Wave[], timeMs: number, isIntegral: boolean, out: MutableVector): void {
    const s = (timeMs - this.stretch.fromMs) / 1000;
    this.#weigh(s);
    out[0] = 0;
    out[1] = 0;
    out[2] = 0;
    for (const wave of waves) {
      const strength = this.#strengths[wave.gate] ?? 0;
      if (strength === 0) continue;
      const argument = wave.frequency * s + wave.phase + wave.wobble * Math.sin(wave.wobbleFrequency * s);
      const value = isIntegral ? Math.sin(argument) / wave.frequency : Math.cos(argument);
      out[wave.axis] += strength * wave.amplitude * value;
    }
  }

  #weigh(s: number): void {
    const edge = Math.max(0, Math.min(1, s / RAMP_SECONDS, (this.#seconds - s) / RAMP_SECONDS));
    const { frequency, phase } = this.#turnTaking;
    const speaking = Math.min(1, Math.max(0, 0.5 + 2 * Math.sin(frequency * s + phase)));
    this.#strengths[0] = edge;
    this.#strengths[1] = edge * speaking;
    this.#strengths[2] = edge * (1 - speaking);
    this.#strengths[3] = edge * fidgetAt(this.stretch.seed, s);
  }
}

/** 1 while the wearer fidgets, else 0. */
function fidgetAt(seed: number, s: number): number {
  const cell = Math.floor(s / FIDGET_CELL_SECONDS);
  const draw = uniformAt(hash32(seed, 3), cell);
  if (draw >= FIDGET_SHARE) return 0;
  const begins = (cell + draw / FIDGET_SHARE) * FIDGET_CELL_SECONDS;
  return s >= begins && s < begins + FIDGET_SECONDS ? 1 : 0;
}
