import { hash32, smoothNormalAt, uniformAt } from '../random.js';

export type RouteActivity = 'walking' | 'standing' | 'sitting' | 'riding';

/** A stretch of a route, seconds since its beginning. */
export interface Leg {
  readonly from: number;
  readonly to: number;
  readonly activity: RouteActivity;
}

/** How one who follows a route differs from the route itself. */
export interface Follower {
  /** Shifts each event by up to this many seconds, by {@link seed}. */
  readonly jitterSeconds: number;
  readonly seed: number;
}

/** Corners and bends: one in each cell of time, or none. */
const TURNS = {
  walking: { cellSeconds: 9, share: 0.6, degrees: [30, 150], seconds: [1.2, 2.4] },
  riding: { cellSeconds: 14, share: 0.6, degrees: [15, 90], seconds: [3, 7] },
} as const;
/** Braking and speeding up. */
const PUSHES = { cellSeconds: 11, share: 0.65, strength: [0.4, 1.4], seconds: [2, 5] } as const;
/** From one piece of steel to the next. */
const STEEL_SECONDS = 2.6;

/**
 * What everybody who takes the same way at the same time meets: corners, the road, and the steel in the walls.
 * Pure functions of time, in seconds since the beginning.
 */
export class Route {
  readonly #seed: number;
  readonly #legs: readonly Leg[];

  constructor(seed: number, legs: readonly Leg[]) {
    this.#seed = seed;
    this.#legs = legs;
  }

  activityAt(s: number): RouteActivity {
    return this.#legs.find(({ to }) => s < to)?.activity ?? 'standing';
  }

  /** About the vertical, to the left positive, rad/s. */
  turnAt(s: number, follower: Follower): number {
    const activity = this.activityAt(s);
    if (activity !== 'walking' && activity !== 'riding') return 0;
    const { cellSeconds, share, degrees, seconds } = TURNS[activity];
    const seed = hash32(this.#seed, activity === 'walking' ? 1 : 2);
    return this.#events(s, cellSeconds, follower, (cell, since) => {
      if (uniformAt(seed, cell * 4) >= share) return 0;
      const long = between(seconds, uniformAt(seed, cell * 4 + 1));
      const angle = (between(degrees, uniformAt(seed, cell * 4 + 2)) * Math.PI) / 180;
      const sign = uniformAt(seed, cell * 4 + 3) < 0.5 ? -1 : 1;
      return ((sign * angle) / long) * swell(since / long);
    });
  }

  /** Forward, of a vehicle, m/s². */
  pushAt(s: number, follower: Follower): number {
    if (this.activityAt(s) !== 'riding') return 0;
    const seed = hash32(this.#seed, 3);
    return this.#events(s, PUSHES.cellSeconds, follower, (cell, since) => {
      if (uniformAt(seed, cell * 3) >= PUSHES.share) return 0;
      const long = between(PUSHES.seconds, uniformAt(seed, cell * 3 + 1));
      const strength = between(PUSHES.strength, uniformAt(seed, cell * 3 + 2));
      return (cell % 2 === 0 ? strength : -strength) * swell(since / long) * 0.5;
    });
  }

  /** Up, of a road, m/s². */
  bumpAt(s: number): number {
    if (this.activityAt(s) !== 'riding') return 0;
    const rough = 0.15 + 0.5 * this.#noise(4, s / 7) ** 2;
    return rough * (this.#noise(5, s / 0.45) + 0.5 * this.#noise(6, s / 0.2));
  }

  /** How fast those who walk walk, as a factor. */
  paceAt(s: number): number {
    return 1 + 0.08 * this.#noise(7, s / 20);
  }

  /** Of the magnetic field, beyond the Earth's, µT: steel where one passes by. */
  fieldAt(s: number): number {
    const isMoving = this.activityAt(s) === 'walking';
    return this.activityAt(s) === 'riding'
      ? 3 * this.#noise(9, s / 4)
      : 7 * this.#noise(8, (isMoving ? s : this.#legStart(s)) / STEEL_SECONDS);
  }

  /** An event near the end of a cell goes on in the next; followers meet it a little earlier or later. */
  #events(
    s: number,
    cellSeconds: number,
    { seed, jitterSeconds }: Follower,
    valueAt: (cell: number, since: number) => number,
  ): number {
    const here = Math.floor(s / cellSeconds);
    let sum = 0;
    for (let cell = here - 1; cell <= here; cell++) {
      const jitter = jitterSeconds * (2 * uniformAt(seed, cell) - 1);
      const begins = cell * cellSeconds + cellSeconds * 0.5 * uniformAt(this.#seed, cell) + jitter;
      sum += valueAt(cell, s - begins);
    }
    return sum;
  }

  #legStart(s: number): number {
    return this.#legs.find(({ to }) => s < to)?.from ?? 0;
  }

  #noise(kind: number, at: number): number {
    return smoothNormalAt(hash32(this.#seed, kind), at);
  }
}

/** From 0 up and down to 0 over 0..1, with mean 1. */
function swell(part: number): number {
  return part <= 0 || part >= 1 ? 0 : 1 - Math.cos(2 * Math.PI * part);
}

function between([low, high]: readonly [number, number], share: number): number {
  return low + (high - low) * share;
}
