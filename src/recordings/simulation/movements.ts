import type { Stretch } from './day-plan.js';
import type { SimulatedPerson } from './person.js';
import { createHashRandom, type HashRandom } from './random.js';

/** When a component of the motion is there. */
export const GATES = ['always', 'speaking', 'listening', 'fidgeting'] as const;
export type Gate = (typeof GATES)[number];

/**
 * One oscillation along or about an axis of the body (0 forward, 1 left, 2 up), slowly modulated in phase so that its
 * spectrum is a band rather than a line.
 */
export interface Wave {
  readonly axis: 0 | 1 | 2;
  /** rad/s for a turn, m/s² for a shake. */
  readonly amplitude: number;
  /** Radians a second. */
  readonly frequency: number;
  readonly phase: number;
  /** Depth of the modulation, radians. */
  readonly wobble: number;
  /** Radians a second. */
  readonly wobbleFrequency: number;
  /** Index into {@link GATES}. */
  readonly gate: number;
}

/** What a body does during a stretch: rotations about its axes and shaking along them. */
export interface Movements {
  readonly turns: readonly Wave[];
  readonly shakes: readonly Wave[];
}

const FORWARD = 0;
const LEFT = 1;
const UP = 2;
const TWO_PI = 2 * Math.PI;
/** Who walks speaks up, and turns further to see who is beside them. */
const WALKING_EFFORT = 1.4;
/** Oscillations that make the bends of a way, and how strong each is, rad/s. */
const BENDS = 4;
const BEND = 0.5;

/**
 * The oscillations of a person in a stretch of their day. The traces of company and talk are **invented for the demo**:
 *
 * - accompanied: turns to and from the companion (0.35-0.6 Hz about the vertical, which the magnetometer sees too), leans
 *   towards them, and when walking goes slower, with the companion's steps nearly in step with their own
 * - conversation: gestures while speaking (0.9-2.6 Hz), nods while listening (2.2-3.2 Hz), and the voice as a faint
 *   tremor (9-13 Hz)
 * - on a way that is walked together: its bends (0.05-0.2 Hz), the same for all who walk it
 * - otherwise: gait, postural sway, breathing, and now and then a fidget (3.5-5 Hz)
 */
export function planMovements(person: SimulatedPerson, stretch: Stretch): Movements {
  const recipe = new Recipe(createHashRandom(stretch.seed));
  addPosture(recipe, person, stretch);
  if (stretch.activity === 'walking') addGait(recipe, person, stretch);
  if (stretch.accompanied) addCompany(recipe, person, stretch);
  if (stretch.activity === 'walking' && stretch.waySeed !== undefined) addWay(recipe, stretch.waySeed);
  if (stretch.conversation) addTalk(recipe, person, stretch);
  else recipe.turn(recipe.random.sign() < 0 ? FORWARD : LEFT, 0.25, [3.5, 5], 'fidgeting');
  return recipe;
}

function addPosture(recipe: Recipe, person: SimulatedPerson, stretch: Stretch): void {
  const sway = stretch.activity === 'sitting' ? person.sway / 2 : person.sway;
  for (const axis of [FORWARD, LEFT, UP] as const) recipe.turn(axis, sway, [0.1, 0.7]);
  recipe.turn(LEFT, 0.01, [0.2, 0.3]);
  recipe.shake(FORWARD, sway * 2, [0.2, 0.7]);
}

function addGait(recipe: Recipe, person: SimulatedPerson, stretch: Stretch): void {
  const pace = recipe.random.between(0.96, 1.04) * (stretch.accompanied ? person.companyPace : 1);
  const steps = person.cadenceHz * pace;
  const step = person.stepAmplitude * recipe.random.between(0.85, 1.15);
  const turn = person.strideTurn * recipe.random.between(0.85, 1.15);
  recipe.shake(UP, step, [steps, steps]);
  recipe.shake(UP, step * 0.4, [2 * steps, 2 * steps]);
  recipe.shake(FORWARD, step * 0.4, [steps, steps]);
  recipe.shake(LEFT, step * 0.3, [steps / 2, steps / 2]);
  recipe.turn(FORWARD, turn, [steps / 2, steps / 2]);
  recipe.turn(LEFT, turn, [steps, steps]);
  recipe.turn(UP, turn, [steps / 2, steps / 2]);
  if (stretch.accompanied) {
    const partner = steps * recipe.random.between(0.94, 1.06);
    recipe.shake(LEFT, step * 0.3, [partner, partner]);
  }
}

function addCompany(recipe: Recipe, person: SimulatedPerson, stretch: Stretch): void {
  const turning = person.turning * effortOf(stretch) * recipe.random.between(0.85, 1.15);
  recipe.turn(UP, turning, [0.35, 0.6]);
  recipe.turn(FORWARD, turning * 0.2, [0.35, 0.6]);
}

function addWay({ turns }: Recipe, waySeed: number): void {
  const shared = new Recipe(createHashRandom(waySeed));
  for (let bend = 0; bend < BENDS; bend++) shared.turn(UP, BEND, [0.05, 0.2]);
  turns.push(...shared.turns);
}

function addTalk(recipe: Recipe, person: SimulatedPerson, stretch: Stretch): void {
  const voice = person.voice * effortOf(stretch);
  const liveliness = recipe.random.between(0.85, 1.15);
  const gestures: readonly [number, number] = [person.gestureHz * 0.85, person.gestureHz * 1.15];
  recipe.turn(FORWARD, person.gesture * liveliness, gestures, 'speaking');
  recipe.turn(LEFT, person.gesture * liveliness * 0.7, gestures, 'speaking');
  recipe.shake(LEFT, person.gesture * liveliness, gestures, 'speaking');
  recipe.turn(LEFT, person.nod * liveliness, [2.2, 3.2], 'listening');
  for (const [gate, loudness] of [
    ['speaking', 1],
    ['listening', 0.7],
  ] as const) {
    recipe.turn(FORWARD, voice * loudness, [9, 13], gate);
    recipe.turn(UP, voice * loudness, [9, 13], gate);
    recipe.shake(UP, voice * loudness * 2, [9, 13], gate);
  }
}

function effortOf({ activity }: Stretch): number {
  return activity === 'walking' ? WALKING_EFFORT : 1;
}

class Recipe implements Movements {
  readonly random: HashRandom;
  readonly turns: Wave[] = [];
  readonly shakes: Wave[] = [];

  constructor(random: HashRandom) {
    this.random = random;
  }

  /** Adds a rotation: amplitude in rad/s, frequency drawn from a range in hertz. */
  turn(
    axis: Wave['axis'],
    amplitude: number,
    rangeHz: readonly [number, number],
    gate: Gate = 'always',
  ): void {
    this.turns.push(this.#draw(axis, amplitude, rangeHz, gate));
  }

  /** Adds shaking: amplitude in m/s², frequency drawn from a range in hertz. */
  shake(
    axis: Wave['axis'],
    amplitude: number,
    rangeHz: readonly [number, number],
    gate: Gate = 'always',
  ): void {
    this.shakes.push(this.#draw(axis, amplitude, rangeHz, gate));
  }

  #draw(axis: Wave['axis'], amplitude: number, [lowHz, highHz]: readonly [number, number], gate: Gate): Wave {
    return {
      axis,
      amplitude,
      frequency: this.random.between(lowHz, highHz) * TWO_PI,
      phase: this.random.between(0, TWO_PI),
      wobble: this.random.between(0.3, 0.8),
      wobbleFrequency: this.random.between(0.1, 0.3) * TWO_PI,
      gate: GATES.indexOf(gate),
    };
  }
}
